/** Limits how much is done at the same time. Who has to wait is served in the order of coming. */
export class Slots {
  readonly count: number;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** `count` is at least 1. */
  constructor(count: number) {
    this.count = count;
    this.#free = count;
  }

  /** Resolves with a slot, which has to be given back. */
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

  /** Lends the caller's slot to others until `wait` has ended. */
  async lend<R>(wait: () => Promise<R>): Promise<R> {
    this.give();
    try {
      return await wait();
    } finally {
      await this.take();
    }
  }
}
