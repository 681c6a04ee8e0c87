import type { Clock } from "../kube/clock.ts";

/** `burst` tokens at once, then one each `refillMs`. */
export type TokenBucketsOptions = { readonly clock: Clock; readonly burst: number; readonly refillMs: number };

const REMEMBERED_BUCKETS = 4096;

/**
 * Limits how often something may be done for each key.
 *
 * Only the keys used last are remembered; one that was forgotten starts with a full bucket.
 */
export class TokenBuckets {
  readonly #options: TokenBucketsOptions;
  /** When each bucket will be full again; least recently used first. */
  readonly #fullAt = new Map<string, number>();

  constructor(options: TokenBucketsOptions) {
    this.#options = options;
  }

  /** Takes a token; false when there is none. */
  take(key: string): boolean {
    const { clock, burst, refillMs } = this.#options;
    const nowMs = clock.now();
    // An empty bucket is one that becomes full `burst * refillMs` from now; each token taken moves that moment.
    const fullAtMs = Math.max(nowMs, this.#fullAt.get(key) ?? nowMs) + refillMs;
    if (fullAtMs - nowMs > burst * refillMs) {
      return false;
    }
    this.#fullAt.delete(key);
    this.#fullAt.set(key, fullAtMs);
    this.#forgetOldest();
    return true;
  }

  #forgetOldest(): void {
    for (const oldest of this.#fullAt.keys()) {
      if (this.#fullAt.size <= REMEMBERED_BUCKETS) {
        return;
      }
      this.#fullAt.delete(oldest);
    }
  }
}
