import type { Suite } from "./suites.ts";

/** Suites that run one after the other. */
export type Lane = readonly Suite[];

/** Tells which suites run one after the other before all else: what fails soon has the machine to itself. */
export function firstLane(suites: readonly Suite[]): Lane {
  return suites.filter((suite) => !isReal(suite) && !isPatient(suite));
}

/**
 * Tells what runs side by side after that: real suites often wait, and the patient ones compute meanwhile.
 *
 * Real ones do not run side by side: an idle API server takes a tenth of a processor, and a suite needs a dozen of them.
 */
export function laterLanes(suites: readonly Suite[]): readonly Lane[] {
  return [suites.filter(isReal), suites.filter(isPatient)].filter((lane) => lane.length > 0);
}

function isReal({ ground }: Suite): boolean {
  return ground === "real";
}

function isPatient(suite: Suite): boolean {
  return suite.isPatient === true;
}
