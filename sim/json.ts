/** Any JSON value. A bigint is an integer of 64 bits that a double does not hold. */
export type Json = string | number | bigint | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. A key set to `undefined` counts as absent. */
export type JsonObject = { readonly [key: string]: Json | undefined };

/** Whether a JSON value is an object (neither `null` nor a list). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

declare global {
  // ECMAScript 2026; the compiler's own declarations do not have it yet.
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface is merged with the compiler's
  interface JSON {
    /** Makes a value that `stringify` writes as `text`. */
    rawJSON(text: string): object;
  }
}

const MAYBE_CHANGED = /(?:^|[:,[\s])-?\d{16}|\d[eE]\+?\d{3}/;
const INTEGER = /^-?\d+$/;
const INT64_BITS = 64;

/** A number that no API server can hold. */
export class NumberRangeError extends Error {
  override readonly name = "NumberRangeError";
}

/** Parses JSON as Go does: an integer of 64 bits that a double would change becomes a bigint. */
export function readJson(text: string): unknown {
  return MAYBE_CHANGED.test(text) ? JSON.parse(text, exactly) : JSON.parse(text);
}

/** Writes what `readJson` reads. */
export function writeJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, (_key, part: unknown) =>
      typeof part === "bigint" ? JSON.rawJSON(String(part)) : part,
    );
  }
}

/** The number that an API server holds for an integer written as `digits`. */
export function exactInteger(digits: string): number | bigint {
  const value = Number(digits);
  const integer = Number.isSafeInteger(value) || String(value) === digits ? undefined : BigInt(digits);
  return integer !== undefined && BigInt.asIntN(INT64_BITS, integer) === integer ? integer : value;
}

function exactly(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== "number" || source === undefined) {
    return value;
  }
  if (!Number.isFinite(value)) {
    throw new NumberRangeError(`json: cannot unmarshal number ${source} into Go value of type float64`);
  }
  return INTEGER.test(source) ? exactInteger(source) : value;
}
