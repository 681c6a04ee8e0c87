import type { Suite } from "./suites.ts";

/** Suites that run one after the other. */
export type Lane = readonly Suite[];

/** Lanes that run side by side. */
export type Phase = readonly Lane[];

/**
 * What runs when: what fails soon comes first and has the machine to itself, and what only computes fills the gaps of
 * those that wait.
 *
 * Real suites run beside each other only where they are small. An idle API server takes up to a tenth of a processor, a
 * large suite needs more than a dozen of them, and where a machine has more to do than it can, tests miss deadlines.
 */
const SCHEDULE = [
  [["unit", "replay", "package", "contract"]],
  [
    ["integration", "documents", "image", "monitoring", "dashboard", "e2e"],
    ["simulation", "model", "chaos"],
  ],
  [["integration:oldest"]],
  [["main:real"]],
  [["e2e:real"], ["oldest:real", "documents:real", "release:real", "chaos:real"]],
] as const;

/** Tells in which order the suites run: one phase after the other. */
export function phasesOf(suites: readonly Suite[]): readonly Phase[] {
  return SCHEDULE.map((lanes) => lanes.map((names) => chosen(names, suites)).filter(isNotEmpty)).filter(isNotEmpty);
}

function chosen(names: readonly string[], suites: readonly Suite[]): Lane {
  return names.flatMap((name) => suites.filter((suite) => suite.name === name));
}

function isNotEmpty(list: readonly unknown[]): boolean {
  return list.length > 0;
}
