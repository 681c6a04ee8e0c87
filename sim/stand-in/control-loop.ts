import type { SimClock } from "../clock.ts";

/** What a reconcile asks for: nothing, a retry with growing delay, or another look after a while. */
export type Next = "settled" | "retry" | { readonly afterMs: number };

/** What a control loop needs. */
export type ControlLoopOptions = {
  readonly reconcile: (key: string) => Promise<Next>;
  readonly clock: SimClock;
  /** Delay of the first retry, doubled with each further one. */
  readonly minRetryMs: number;
  readonly maxRetryMs: number;
  readonly signal: AbortSignal;
  /** Told about every reconcile that threw. */
  readonly onError?: ((key: string, error: unknown) => void) | undefined;
};

// Nobody reads why; an error of its own for each timer would cost more than the rest of the waiting.
const OVERTAKEN = new Error("overtaken");

type Entry = { running: boolean; again: boolean; failures: number; timer?: AbortController | undefined };

/**
 * Reconciles keys: never one key twice at the same time, different keys side by side.
 *
 * A key that is added while it is reconciled is reconciled once more afterwards.
 */
export class ControlLoop {
  readonly #options: ControlLoopOptions;
  readonly #entries = new Map<string, Entry>();

  constructor(options: ControlLoopOptions) {
    this.#options = options;
  }

  /** Reconciles `key` as soon as possible. */
  add(key: string): void {
    if (this.#options.signal.aborted) {
      return;
    }
    const entry = this.#entryOf(key);
    entry.timer?.abort(OVERTAKEN);
    entry.again = true;
    if (!entry.running) {
      entry.running = true;
      void this.#work(key, entry);
    }
  }

  async #work(key: string, entry: Entry): Promise<void> {
    while (entry.again && !this.#options.signal.aborted) {
      entry.again = false;
      const next = await this.#reconcile(key);
      this.#schedule(key, entry, next);
    }
    entry.running = false;
  }

  async #reconcile(key: string): Promise<Next> {
    try {
      return await this.#options.reconcile(key);
    } catch (error) {
      this.#options.onError?.(key, error);
      return "retry";
    }
  }

  #schedule(key: string, entry: Entry, next: Next): void {
    const { minRetryMs, maxRetryMs } = this.#options;
    if (next === "retry") {
      const delayMs = Math.min(maxRetryMs, minRetryMs * 2 ** entry.failures);
      entry.failures += 1;
      void this.#addAfter(key, entry, delayMs);
      return;
    }
    entry.failures = 0;
    if (next === "settled") {
      if (!entry.again) {
        this.#entries.delete(key);
      }
      return;
    }
    void this.#addAfter(key, entry, next.afterMs);
  }

  async #addAfter(key: string, entry: Entry, delayMs: number): Promise<void> {
    const timer = new AbortController();
    entry.timer?.abort(OVERTAKEN);
    entry.timer = timer;
    await this.#options.clock.sleep(delayMs, AbortSignal.any([timer.signal, this.#options.signal]));
    if (!timer.signal.aborted) {
      this.add(key);
    }
  }

  #entryOf(key: string): Entry {
    const known = this.#entries.get(key);
    if (known !== undefined) {
      return known;
    }
    const entry: Entry = { running: false, again: false, failures: 0 };
    this.#entries.set(key, entry);
    return entry;
  }
}
