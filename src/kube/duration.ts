const NS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
};

const PART = /(?=\.?\d)(\d*)\.?(\d*)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/gy;

const LONGEST_NS = 2n ** 63n - 1n;
/** The largest number below `LONGEST_NS`: numbers of that size are 1024 apart. */
const LONGEST_NS_AS_NUMBER = 2 ** 63 - 1024;
/** Go ignores the digits of a fraction after these. */
const READ_DIGITS = 18;

/** The text is not a Go duration. */
export class DurationError extends Error {
  override readonly name = "DurationError";
}

/**
 * Parses a Go duration (`metav1.Duration`), such as `1h2m3.5s`, into milliseconds, exact to the nanosecond.
 *
 * Throws a `DurationError` for any other text, for a sign, since no negative duration makes sense here, and for a
 * duration that is too long for Go.
 */
export function parseDurationMs(text: string): number {
  if (text === "0") {
    return 0;
  }
  let totalNs = 0n;
  let end = 0;
  PART.lastIndex = 0;
  for (let part = PART.exec(text); part !== null; part = PART.exec(text)) {
    const [, whole = "", fraction = "", unit = ""] = part;
    const unitNs = NS_PER_UNIT[unit] ?? Number.NaN;
    totalNs += BigInt(whole) * BigInt(unitNs) + fractionNs(fraction.slice(0, READ_DIGITS), unitNs);
    end = PART.lastIndex;
  }
  if (end === 0 || end !== text.length) {
    throw new DurationError(`"${text.slice(0, 64)}" is not a duration such as 30s, 5m or 1h30m`);
  }
  if (totalNs > LONGEST_NS) {
    throw new DurationError(`"${text.slice(0, 64)}" is longer than the longest duration of 2562047h47m16.854775807s`);
  }
  return Number(totalNs) / 1e6;
}

// With floating-point numbers, like Go: exact arithmetic would differ from Go by a nanosecond.
function fractionNs(digits: string, unitNs: number): bigint {
  return BigInt(Math.trunc(Number(digits) * (unitNs / 10 ** digits.length)));
}

/**
 * Writes milliseconds as Go does, such as `1h2m3.5s`, or as `…ms` when they are less than a second.
 *
 * Go parses the text into the same duration, to the nanosecond for every valid `pollInterval`.
 */
export function formatDuration(ms: number): string {
  const ns = Math.min(nanosecondsOf(ms), LONGEST_NS_AS_NUMBER);
  if (ns < 1e9) {
    return `${decimal(ns / 1e6, 6)}ms`;
  }
  const hours = Math.floor(ns / 3_600e9);
  const minutes = Math.floor((ns % 3_600e9) / 60e9);
  const seconds = `${decimal((ns % 60e9) / 1e9, 9)}s`;
  if (hours > 0) {
    return `${hours}h${minutes}m${seconds}`;
  }
  return minutes > 0 ? `${minutes}m${seconds}` : seconds;
}

/** What `parseDurationMs` has divided: from some weeks on, a product alone may be the number before or after it. */
function nanosecondsOf(ms: number): number {
  const near = Math.round(ms * 1e6);
  const step = 2 ** Math.max(0, Math.floor(Math.log2(near)) - 52);
  return [near, near - step, near + step].find((ns) => ns / 1e6 === ms) ?? near;
}

function decimal(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.?0+$/, "");
}
