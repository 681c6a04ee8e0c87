/** `baseMs` (at least 1, default 1 s) doubles with each failure up to `maxMs` (default 5 min). */
export type BackoffOptions = {
  readonly baseMs?: number;
  readonly maxMs?: number;
  /** Yields numbers in [0, 1). */
  readonly random: () => number;
};

/**
 * Spaces out the retries of each key.
 *
 * The n-th delay in a row lies between a half and the whole of `min(maxMs, baseMs * 2^n)`: the lower half keeps a
 * failing call from being repeated at once, the random part keeps many keys that failed together apart.
 */
export class Backoff {
  readonly #failures = new Map<string, number>();
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #random: () => number;

  constructor(options: BackoffOptions) {
    this.#baseMs = options.baseMs ?? 1000;
    this.#maxMs = options.maxMs ?? 300_000;
    this.#random = options.random;
  }

  /** Counts a failure and says how many ms to wait. */
  next(key: string): number {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const wholeMs = Math.min(this.#maxMs, this.#baseMs * 2 ** failures);
    return (wholeMs * (1 + this.#random())) / 2;
  }

  /** Forgets the failures of a key. */
  reset(key: string): void {
    this.#failures.delete(key);
  }
}
