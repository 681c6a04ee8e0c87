declare global {
  // ECMAScript 2026; TypeScript does not declare it yet.
  // oxlint-disable-next-line typescript/consistent-type-definitions -- only an interface is merged with the compiler's
  interface JSON {
    /** Makes a value that `stringify` writes as `text`. */
    rawJSON(text: string): object;
  }
}

/**
 * Finds text that may have an integer which a double cannot hold. Only then the reviver is used: it is 8 times slower.
 */
const MAYBE_LARGE = /(?:^|[:,[\s])-?\d{16}/;
const INTEGER = /^-?\d+$/;
const INT64_BITS = 64;

// An API server reads an apply patch as YAML 1.1, which folds the line breaks among these characters and refuses the
// rest.
const UNSAFE_IN_YAML = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
// `stringify` escapes a surrogate only when it is alone. A backslash in the text is written as two, so it is not taken
// for the beginning of such an escape.
const ALONE_OR_BACKSLASH = /\\ud[89a-f]..|\\\\/g;

/**
 * Parses JSON, and keeps 64-bit integers exact, as Go does: an integer that a double cannot hold becomes a bigint.
 *
 * Equal numbers of the text become equal values.
 */
export function parseJson(text: string): unknown {
  return MAYBE_LARGE.test(text) ? JSON.parse(text, keepInteger) : JSON.parse(text);
}

/**
 * Writes a value that `parseJson` has read, with every digit, as JSON that is also YAML of the same meaning.
 *
 * A lone surrogate becomes U+FFFD, as in an API server, which stores U+FFFD or refuses the object.
 */
export function toJson(value: unknown): string {
  return stringify(value)
    .replaceAll(UNSAFE_IN_YAML, escape)
    .replaceAll(ALONE_OR_BACKSLASH, (found) => (found.startsWith("\\u") ? "\ufffd" : found));
}

/** The value of an integer in decimal digits: a number if that is exact, else a bigint. */
export function exactInteger(digits: string): number | bigint {
  const value = Number(digits);
  if (Number.isSafeInteger(value) || String(value) === digits) {
    return value;
  }
  // To Go too, an integer of more than 64 bits is a floating-point number.
  const integer = BigInt(digits);
  return BigInt.asIntN(INT64_BITS, integer) === integer ? integer : value;
}

function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch {
    // The value has a bigint. Few values do, and with the replacer every value would take twice the time.
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

/** Whether a value is a JSON object: no array, no scalar and not null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether two JSON values are the same, but for the order of fields. A field of `one` that is `undefined` does not count.
 *
 * `isDeepStrictEqual` takes many times as long, and does not ignore `undefined`.
 */
export function isSameJson(one: unknown, other: unknown): boolean {
  if (one === other) {
    return true;
  }
  if (Array.isArray(one) && Array.isArray(other)) {
    return one.length === other.length && one.every((item, index) => isSameJson(item, other[index]));
  }
  return isRecord(one) && isRecord(other) && haveSameFields(one, other);
}

function haveSameFields(one: Readonly<Record<string, unknown>>, other: Readonly<Record<string, unknown>>): boolean {
  let present = 0;
  for (const field of Object.keys(one)) {
    const value = one[field];
    if (value !== undefined) {
      if (!Object.hasOwn(other, field) || !isSameJson(value, other[field])) {
        return false;
      }
      present += 1;
    }
  }
  return present === Object.keys(other).length;
}
