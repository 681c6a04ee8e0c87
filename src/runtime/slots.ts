/** A fair semaphore: limits how many callers work at the same time, and serves waiting callers in their order. */
export class Slots {
  readonly #waiting: (() => void)[] = [];
  readonly #onResize: ((count: number) => void)[] = [];
  #count: number;
  #taken = 0;

  /** `count` is at least 1. */
  constructor(count: number) {
    this.#count = count;
  }

  /** How many slots there are. */
  get count(): number {
    return this.#count;
  }

  /** Whether whoever comes now has to wait. */
  get isFull(): boolean {
    return this.#taken >= this.#count;
  }

  /** Changes how many slots there are, at least 1. Slots that are taken stay so until they are given back. */
  resize(count: number): void {
    this.#count = count;
    this.#onResize.forEach((listener) => listener(count));
    this.#serve();
  }

  /** Calls `listener` with each new number of slots. */
  onResize(listener: (count: number) => void): void {
    this.#onResize.push(listener);
  }

  /** Resolves when the caller has a slot, which it has to give back. */
  take(): Promise<void> {
    if (this.isFull) {
      return new Promise((resolve) => this.#waiting.push(resolve));
    }
    this.#taken += 1;
    return Promise.resolve();
  }

  /** Gives a slot back. */
  give(): void {
    this.#taken -= 1;
    this.#serve();
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

  #serve(): void {
    while (!this.isFull) {
      const next = this.#waiting.shift();
      if (next === undefined) {
        return;
      }
      this.#taken += 1;
      next();
    }
  }
}
