import type { Clock } from "../clock.ts";

type Sleeper = { readonly wakeAt: number; readonly wake: () => void };

/** A clock that stands still until a test advances it. */
export class ManualClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const sleeper = { wakeAt: this.#now + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        resolve();
      });
    });
  }

  /** Advances the time, wakes sleepers in their order, and runs all promise callbacks that become ready. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let next = this.#next(until); next !== undefined; next = this.#next(until)) {
      this.#sleepers.delete(next);
      this.#now = next.wakeAt;
      next.wake();
      await settle();
    }
    this.#now = until;
  }

  #next(until: number): Sleeper | undefined {
    const due = [...this.#sleepers].filter(({ wakeAt }) => wakeAt <= until);
    return due.toSorted((one, other) => one.wakeAt - other.wakeAt)[0];
  }
}

/** Resolves when all promise callbacks that are ready have run. */
export function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
