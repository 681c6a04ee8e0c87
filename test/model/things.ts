/**
 * Numbers for values: the same content has the same number, so that states are compared, hashed and remembered as short
 * lists of numbers. Number 0 stands for "there is none".
 */
export class Things {
  readonly #numbers = new Map<string, number>();
  readonly #values: unknown[] = [undefined];
  /** Of values that came from here. */
  readonly #own = new WeakMap<object, number>();

  /** The number of a value, the order of its fields aside. */
  idOf(value: unknown): number {
    if (value === undefined) {
      return 0;
    }
    const own = typeof value === "object" && value !== null ? this.#own.get(value) : undefined;
    if (own !== undefined) {
      return own;
    }
    const text = JSON.stringify(value, inOrder);
    const known = this.#numbers.get(text);
    if (known !== undefined) {
      return known;
    }
    const id = this.#values.length;
    this.#numbers.set(text, id);
    const kept: unknown = JSON.parse(text);
    this.#values.push(kept);
    if (typeof kept === "object" && kept !== null) {
      this.#own.set(kept, id);
    }
    return id;
  }

  /** The value of a number. */
  at(id: number): unknown {
    return this.#values[id];
  }
}

function inOrder(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const sorted: Record<string, unknown> = {};
  for (const name of Object.keys(fields).toSorted()) {
    sorted[name] = fields[name];
  }
  return sorted;
}

/** All values of this process. */
export const things: Things = new Things();
