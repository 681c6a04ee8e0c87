declare global {
  // ECMAScript 2026; the compiler's own declarations do not have it yet.
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface is merged with the compiler's
  interface JSON {
    /** Makes a value that `stringify` writes as `text`. */
    rawJSON(text: string): object;
  }
}

/** Looks cheaply for an integer that a double may not hold: to read with a reviver takes eight times as long. */
const MAYBE_LARGE = /(?:^|[:,[\s])-?\d{16}/;
const INTEGER = /^-?\d+$/;
const INT64_BITS = 64;

// An API server reads what is applied as YAML 1.1, which folds the line breaks among these and refuses the others.
const UNSAFE_IN_YAML = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
// `stringify` escapes halves of surrogate pairs only when they are alone. The backslash before a text `ud800` is one of two.
const ALONE_OR_BACKSLASH = /\\ud[89a-f]..|\\\\/g;

/**
 * Parses JSON as a Go API server does, which keeps 64-bit integers exact: one that a double would change is a bigint.
 *
 * Each number of the wire has one form here, so what is equal there is equal here.
 */
export function parseJson(text: string): unknown {
  return MAYBE_LARGE.test(text) ? JSON.parse(text, keepInteger) : JSON.parse(text);
}

/**
 * Writes what `parseJson` reads, digit for digit, as JSON that says the same to a reader of YAML.
 *
 * Half a surrogate pair becomes U+FFFD, which is what an API server stores for it where it does not refuse it.
 */
export function toJson(value: unknown): string {
  return stringify(value)
    .replaceAll(UNSAFE_IN_YAML, escape)
    .replaceAll(ALONE_OR_BACKSLASH, (found) => (found.startsWith("\\u") ? "\ufffd" : found));
}

/** The value of an integer that is written as these decimal digits. */
export function exactInteger(digits: string): number | bigint {
  const value = Number(digits);
  if (Number.isSafeInteger(value) || String(value) === digits) {
    return value;
  }
  // Go's longest integer has 64 bits: what is longer is a floating-point number to an API server too.
  const integer = BigInt(digits);
  return BigInt.asIntN(INT64_BITS, integer) === integer ? integer : value;
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // It has a bigint, or the second try fails alike. Few values do, and a replacer doubles the time for all of them.
    return JSON.stringify(value, writeInteger);
  }
}

function keepInteger(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? "";
  return typeof value === "number" && INTEGER.test(source) ? exactInteger(source) : value;
}

function writeInteger(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? JSON.rawJSON(String(value)) : value;
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Tells an object, as JSON and YAML have them, from arrays, scalars and null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
