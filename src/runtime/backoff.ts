/** `baseMs` (at least 1, default 1 s) doubles with each failure, up to `maxMs` (default 5 min). */
export type BackoffOptions = {
  readonly baseMs?: number;
  /** A function when the longest delay can change at any time. */
  readonly maxMs?: number | (() => number);
  /** Yields numbers in [0, 1). */
  readonly random: () => number;
};

/**
 * The delays between the retries of each key.
 *
 * The n-th delay in a row lies between a half and the whole of `min(maxMs, baseMs * 2^n)`: the fixed half keeps a
 * failed call from being repeated at once, and the random half spreads keys that failed together.
 */
export class Backoff {
  readonly #failures = new Map<string, number>();
  /** When the next attempt for a key is due. */
  readonly #dueAt = new Map<string, number>();
  readonly #baseMs: number;
  readonly #maxMs: () => number;
  readonly #random: () => number;

  constructor({ baseMs = 1000, maxMs = 300_000, random }: BackoffOptions) {
    this.#baseMs = baseMs;
    this.#maxMs = typeof maxMs === "number" ? () => maxMs : maxMs;
    this.#random = random;
  }

  /** Counts a failure, and returns how many ms to wait. */
  next(key: string): number {
    const failures = this.failures(key);
    this.#failures.set(key, failures + 1);
    const wholeMs = Math.min(this.#maxMs(), this.#baseMs * 2 ** failures);
    return (wholeMs * (1 + this.#random())) / 2;
  }

  /**
   * Returns how many ms to wait after a failed attempt.
   *
   * Counts the failure only when the attempt was due. An attempt that began earlier, because of an event, leaves the
   * time of the next due attempt as it is.
   */
  afterFailure(key: string, attempt: { readonly beganAt: number; readonly now: number }): number {
    const dueAt = this.#dueAt.get(key);
    if (dueAt !== undefined && attempt.beganAt < dueAt) {
      return Math.max(0, Math.min(this.#maxMs(), dueAt - attempt.now));
    }
    const delayMs = this.next(key);
    this.#dueAt.set(key, attempt.now + delayMs);
    return delayMs;
  }

  /** How many attempts for a key have failed in a row. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** Forgets all failures of a key. */
  reset(key: string): void {
    this.#failures.delete(key);
    this.#dueAt.delete(key);
  }
}
