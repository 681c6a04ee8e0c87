import { setImmediate as nextImmediate } from "node:timers/promises";

/** The only source of time in the simulation. */
export type SimClock = {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Resolves after `ms`, or at once when `signal` is aborted. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
};

/** The longest time that a timer of Node takes: beyond it, one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Wall-clock time. */
export const systemSimClock: SimClock = {
  now: () => Date.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const finish = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", finish);
        resolve();
      };
      const wait = (leftMs: number): NodeJS.Timeout =>
        leftMs <= LONGEST_TIMER_MS
          ? setTimeout(finish, leftMs)
          : setTimeout(() => {
              timer = wait(leftMs - LONGEST_TIMER_MS);
            }, LONGEST_TIMER_MS);
      let timer = wait(ms);
      signal?.addEventListener("abort", finish, { once: true });
    }),
};

type Sleeper = { readonly at: number; readonly wake: () => void };

/** How long a run may take, in virtual time. */
export type RunLimit = { readonly limitMs?: number };

// Work that hops between promises and immediates (streams, queues) is quiet after this many turns of the event loop.
const QUIET_TURNS = 8;

/** What can be chosen about virtual time. */
export type VirtualClockOptions = {
  readonly startMs?: number;
  /**
   * How many turns of the event loop it takes until everything that can run without time has run. Default: 8. Where
   * nothing but promises is waited for, 1 is enough.
   */
  readonly quietTurns?: number;
};
const DEFAULT_LIMIT_MS = 60 * 60 * 1000;

/**
 * Time that stands still until it is told to move.
 *
 * Sleepers wake in the order of their time, those of the same time in the order they went to sleep.
 * Between two wake-ups everything that can run without time has run.
 */
export class VirtualClock implements SimClock {
  #now: number;
  readonly #quietTurns: number;
  readonly #sleepers: Sleeper[] = [];

  constructor({ startMs = Date.UTC(2026, 0, 1), quietTurns = QUIET_TURNS }: VirtualClockOptions = {}) {
    this.#now = startMs;
    this.#quietTurns = quietTurns;
  }

  now(): number {
    return this.#now;
  }

  /** Number of sleeps that wait for time to pass. */
  get sleeping(): number {
    return this.#sleepers.length;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const wake = (): void => {
        signal?.removeEventListener("abort", wake);
        this.#remove(sleeper);
        resolve();
      };
      const sleeper: Sleeper = { at: this.#now + Math.max(0, ms), wake };
      this.#insert(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /** Moves time by `ms`, waking everyone who is due on the way. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await this.#settle();
    for (let next = this.#sleepers[0]; next !== undefined && next.at <= end; next = this.#sleepers[0]) {
      this.#jumpTo(next);
      await this.#settle();
    }
    this.#now = end;
  }

  /**
   * Moves time as far as needed until `goal` holds (a predicate) or settles (a promise, whose value is returned).
   *
   * Throws when nobody sleeps and the goal is not reached, or when more than `limitMs` of virtual time would pass.
   */
  async runUntil<T>(goal: (() => boolean) | Promise<T>, limit: RunLimit = {}): Promise<T | undefined> {
    const end = this.#now + (limit.limitMs ?? DEFAULT_LIMIT_MS);
    const outcome = watchGoal(goal);
    await this.#settle();
    while (!outcome.reached()) {
      this.#jumpTo(this.#nextBefore(end));
      await this.#settle();
    }
    return outcome.value();
  }

  async #settle(): Promise<void> {
    for (let turn = 0; turn < this.#quietTurns; turn += 1) {
      await nextImmediate();
    }
  }

  #nextBefore(end: number): Sleeper {
    const next = this.#sleepers[0];
    if (next === undefined) {
      throw new Error("deadlock: the goal is not reached and nobody is waiting for time to pass");
    }
    if (next.at > end) {
      throw new Error(`the goal is not reached within the limit, ${String(this.#sleepers.length)} sleeper(s) left`);
    }
    return next;
  }

  #jumpTo(sleeper: Sleeper): void {
    this.#now = Math.max(this.#now, sleeper.at);
    sleeper.wake();
  }

  #insert(sleeper: Sleeper): void {
    const index = this.#sleepers.findIndex(({ at }) => at > sleeper.at);
    this.#sleepers.splice(index === -1 ? this.#sleepers.length : index, 0, sleeper);
  }

  #remove(sleeper: Sleeper): void {
    const index = this.#sleepers.indexOf(sleeper);
    if (index !== -1) {
      this.#sleepers.splice(index, 1);
    }
  }
}

type Outcome<T> = { reached(): boolean; value(): Promise<T | undefined> };

function watchGoal<T>(goal: (() => boolean) | Promise<T>): Outcome<T> {
  if (typeof goal === "function") {
    return { reached: goal, value: () => Promise.resolve(undefined) };
  }
  let settled = false;
  const mark = (): void => {
    settled = true;
  };
  goal.then(mark, mark);
  return { reached: () => settled, value: () => goal };
}
