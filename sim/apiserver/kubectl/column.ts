import type { Obj } from "../../object.ts";

/** One column of a table and how its cells come about. */
export type Column = {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
  readonly cell: (object: Obj, now: number) => unknown;
};

type Cell = Column["cell"];

/** A column of text that is always shown. */
export function column(name: string, cell: Cell, type = "string"): Column {
  return { name, type, format: "", description: name, priority: 0, cell };
}

/** A column for `-o wide` only. */
export function wideColumn(name: string, cell: Cell): Column {
  return { ...column(name, cell), priority: 1 };
}

/** The column every table starts with. */
export const nameColumn: Column = { ...column("Name", ({ metadata }) => metadata.name), format: "name" };

/** How long the object exists. */
export const ageColumn: Column = column("Age", ({ metadata }, now) => ageOf(metadata.creationTimestamp, now));

/** When the object was made: what tables show of kinds they know nothing about. */
export const createdColumn: Column = column("Created At", ({ metadata }) => metadata.creationTimestamp, "date");

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** A time span as `kubectl` shows ages: `5s`, `3m20s`, `2d4h`. Negative spans are invalid. */
export function humanAge(spanMs: number): string {
  const seconds = Math.trunc(spanMs / 1000);
  if (seconds < -1) {
    return "<invalid>";
  }
  if (seconds < 0) {
    return "0s";
  }
  const [, show] = STEPS.find(([below]) => seconds < below) ?? LAST;
  return show(seconds);
}

/** How long ago a time stamp was, or what stands for none. */
export function ageOf(timestamp: unknown, now: number): string {
  const then = typeof timestamp === "string" ? Date.parse(timestamp) : Number.NaN;
  return Number.isNaN(then) ? "<unknown>" : humanAge(now - then);
}

type Step = readonly [belowSeconds: number, show: (seconds: number) => string];

const STEPS: readonly Step[] = [
  [2 * MINUTE, (seconds) => `${seconds}s`],
  [10 * MINUTE, (seconds) => pair(seconds, [MINUTE, "m"], [1, "s"])],
  [3 * HOUR, (seconds) => whole(seconds, MINUTE, "m")],
  [8 * HOUR, (seconds) => pair(seconds, [HOUR, "h"], [MINUTE, "m"])],
  [2 * DAY, (seconds) => whole(seconds, HOUR, "h")],
  [8 * DAY, (seconds) => pair(seconds, [DAY, "d"], [HOUR, "h"])],
  [2 * YEAR, (seconds) => whole(seconds, DAY, "d")],
  [8 * YEAR, (seconds) => pair(seconds, [YEAR, "y"], [DAY, "d"])],
];

const LAST: Step = [Number.POSITIVE_INFINITY, (seconds) => whole(seconds, YEAR, "y")];

type Unit = readonly [seconds: number, letter: string];

function whole(seconds: number, unit: number, letter: string): string {
  return `${Math.trunc(seconds / unit)}${letter}`;
}

function pair(seconds: number, [large, letter]: Unit, [small, smallLetter]: Unit): string {
  const rest = Math.trunc((seconds % large) / small);
  return whole(seconds, large, letter) + (rest === 0 ? "" : `${rest}${smallLetter}`);
}
