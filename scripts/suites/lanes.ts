import type { Suite } from "./suites.ts";

/** Suites that run one after the other. */
export type Lane = readonly Suite[];

/** Tells which suites run one after the other before all else: what fails soon has the machine to itself. */
export function firstLane(suites: readonly Suite[]): Lane {
  return suites.filter((suite) => !isReal(suite) && !isPatient(suite));
}

/**
 * Tells what runs side by side after that: real suites mostly wait, and the patient ones compute meanwhile.
 *
 * Of the real ones those that start grounds of their own share a lane: some at a time can be started, not all.
 */
export function laterLanes(suites: readonly Suite[]): readonly Lane[] {
  const real = suites.filter(isReal);
  const lanes = [real.filter(borrowsGrounds), real.filter((suite) => !borrowsGrounds(suite)), suites.filter(isPatient)];
  return lanes.filter((lane) => lane.length > 0);
}

function isReal({ ground }: Suite): boolean {
  return ground === "real";
}

function borrowsGrounds({ standingGrounds = 0 }: Suite): boolean {
  return standingGrounds > 0;
}

function isPatient(suite: Suite): boolean {
  return suite.isPatient === true;
}
