/** A fair semaphore: limits how many callers work at the same time, and serves waiting callers in their order. */
export class Slots {
  readonly count: number;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** `count` is at least 1. */
  constructor(count: number) {
    this.count = count;
    this.#free = count;
  }

  /** Resolves when the caller has a slot, which it has to give back. */
  take(): Promise<void> {
    if (this.#free === 0) {
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    this.#free -= 1;
    return Promise.resolve();
  }

  /** Gives a slot back. */
  give(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#free += 1;
    } else {
      next();
    }
  }

  /** Lends the caller's slot to others while `wait` runs. */
  async lend<R>(wait: () => Promise<R>): Promise<R> {
    this.give();
    try {
      return await wait();
    } finally {
      await this.take();
    }
  }
}
