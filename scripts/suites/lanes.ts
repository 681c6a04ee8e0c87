import { groupOf, type Suite } from "./suites.ts";

/** Suites that run one after the other. */
export type Lane = readonly Suite[];

/** Tells which suites run one after the other before anything else: the quick ones, with the machine to themselves. */
export function firstLane(suites: readonly Suite[]): Lane {
  return suites.filter((suite) => groupOf(suite) === "quick");
}

/** Tells what runs side by side after that: real suites mostly wait, and the thorough ones compute meanwhile. */
export function laterLanes(suites: readonly Suite[]): readonly Lane[] {
  const real = suites.filter((suite) => groupOf(suite) === "real");
  const thorough = suites.filter((suite) => groupOf(suite) === "thorough");
  return [...real.map((suite) => [suite]), thorough].filter((lane) => lane.length > 0);
}
