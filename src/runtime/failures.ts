/** Tells a failure that begins or changes from one that is repeated, so that a log has one line for each. */
export class Failures {
  /** By key, the latest failure in words. */
  readonly #latest = new Map<string, string>();

  /** Notes a failure of a key. Returns whether the one before was another one, or none. */
  isNew(key: string, error: unknown): boolean {
    const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    const isNew = this.#latest.get(key) !== words;
    this.#latest.set(key, words);
    return isNew;
  }

  /** Notes a failure of a key. Returns the level at which it is logged. */
  level(key: string, error: unknown): "warn" | "debug" {
    return this.isNew(key, error) ? "warn" : "debug";
  }

  /** Notes that a key does not fail any more, or is gone. Returns whether it has failed before. */
  end(key: string): boolean {
    return this.#latest.delete(key);
  }
}
