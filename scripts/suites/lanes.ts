import type { Suite } from "./suites.ts";

/** Suites that run one after the other. */
export type Lane = readonly Suite[];

/** Tells which suites run one after the other before all else: what fails soon has the machine to itself. */
export function firstLane(suites: readonly Suite[]): Lane {
  return suites.filter((suite) => !isReal(suite) && !isPatient(suite));
}

/** Tells what runs side by side after that: real suites mostly wait, and the patient ones compute meanwhile. */
export function laterLanes(suites: readonly Suite[]): readonly Lane[] {
  const real = suites.filter(isReal).map((suite) => [suite]);
  return [...real, suites.filter(isPatient)].filter((lane) => lane.length > 0);
}

function isReal({ ground }: Suite): boolean {
  return ground === "real";
}

function isPatient(suite: Suite): boolean {
  return suite.isPatient === true;
}
