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
