import { isRecord, isSameJson } from "../kube/json.ts";
import type { KubeObject } from "../kube/object.ts";

/** Enough for all that the objects of one provider have in common, however many there are. Up to twice as many stay. */
const REMEMBERED = 1000;
/** V8 keeps one copy of each shorter string of a JSON text. */
const SHORTEST_TEXT = 11;
/** The parts of larger values stay as they are: each level of a value is written as JSON once more. */
const LARGEST_DIVIDED = 10_000;
/** No two objects have the same. */
const UNIQUE: readonly string[] = ["uid", "resourceVersion"];

/**
 * Replaces values by equal ones that were met before, so that thousands of objects hold what they have in common once.
 *
 * Forgets values that were not met for long. All values are JSON, and nobody changes them.
 */
export class SharedValues {
  readonly #texts: Recent<string>;
  /** By their JSON. */
  readonly #values: Recent<object>;

  constructor({ limit = REMEMBERED }: { readonly limit?: number } = {}) {
    this.#texts = new Recent(limit);
    this.#values = new Recent(limit);
  }

  /**
   * Returns an equal object, with fields that are shared with other objects.
   *
   * What `like` has in the same place is compared first: of objects of one kind most parts are the same, and to look a
   * value up by its JSON costs a multiple.
   */
  shareFields<T extends KubeObject>(object: T, like?: T): T {
    const equal = withFields(object, like, (part, other) =>
      isRecord(part)
        ? withFields(part, other, (value, known, field) => (UNIQUE.includes(field) ? value : this.#share(value, known)))
        : this.#share(part, other),
    );
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each field has an equal value
    return equal as T;
  }

  #share(value: unknown, like: unknown): unknown {
    if (isSameJson(value, like)) {
      return like;
    }
    if (typeof value === "string") {
      return value.length < SHORTEST_TEXT ? value : this.#texts.find(value, () => value);
    }
    if (typeof value !== "object" || value === null) {
      return value;
    }
    const json = jsonOf(value);
    return json === undefined ? value : this.#values.find(json, () => this.#divide(value, like, json.length));
  }

  #divide(value: object, like: unknown, length: number): object {
    if (length > LARGEST_DIVIDED) {
      return value;
    }
    return Array.isArray(value)
      ? value.map((item: unknown, index) => this.#share(item, Array.isArray(like) ? like[index] : undefined))
      : withFields(value, like, (part, other) => this.#share(part, other));
  }
}

/** What was met lately: all of the last values up to a limit, and up to as many from before. */
class Recent<V> {
  readonly #limit: number;
  #latest = new Map<string, V>();
  #earlier = new Map<string, V>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  find(key: string, make: () => V): V {
    const known = this.#latest.get(key);
    if (known !== undefined) {
      return known;
    }
    const value = this.#earlier.get(key) ?? make();
    if (this.#latest.size >= this.#limit) {
      this.#earlier = this.#latest;
      this.#latest = new Map();
    }
    this.#latest.set(key, value);
    return value;
  }
}

/** Undefined for a value with an integer that a double cannot hold. */
function jsonOf(value: object): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}

/** Of all ways to copy an object, only a spread one has room for no further field. */
function withFields(
  object: object,
  like: unknown,
  change: (value: unknown, other: unknown, field: string) => unknown,
): object {
  const others = isRecord(like) ? like : {};
  const copy: Record<string, unknown> = { ...object };
  for (const field of Object.keys(copy)) {
    copy[field] = change(copy[field], Object.hasOwn(others, field) ? others[field] : undefined, field);
  }
  return copy;
}
