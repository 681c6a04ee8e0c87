import type { Clock } from "../../src/kube/clock.ts";

type Sleeper = { readonly dueAt: number; readonly order: number; readonly wake: () => void };

/**
 * Time that moves only when a test says so.
 *
 * Sleepers wake in the order in which they are due, and everything a sleeper sets off has run before the next wakes.
 */
export class FakeClock implements Clock {
  readonly #sleepers = new Set<Sleeper>();
  #nowMs: number;
  #order = 0;

  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  /** How many sleeps are under way. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) {
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      this.#order += 1;
      const sleeper: Sleeper = { dueAt: this.#nowMs + Math.max(0, ms), order: this.#order, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /** Moves time by `ms`; with 0, only lets everything run that can run without time passing. */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (let next = this.#nextDue(endMs); next !== undefined; next = this.#nextDue(endMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueAt);
      next.wake();
      await settle();
    }
    this.#nowMs = endMs;
  }

  #nextDue(endMs: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.dueAt <= endMs && (first === undefined || isBefore(sleeper, first))) {
        first = sleeper;
      }
    }
    return first;
  }
}

function isBefore(left: Sleeper, right: Sleeper): boolean {
  return left.dueAt < right.dueAt || (left.dueAt === right.dueAt && left.order < right.order);
}

/** An immediate runs only after the queue of microtasks is empty, so every chain of promises has come to its end. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
