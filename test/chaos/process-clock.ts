import type { VirtualClock } from "../../sim/clock.ts";
import { type Clock, steadyTime } from "../../src/kube/clock.ts";

/** The time as one process sees it: the process can be stopped for a while, and its machine's clock can be set. */
export class ProcessClock implements Clock {
  readonly #clock: VirtualClock;
  readonly #now: () => number;
  #offsetMs = 0;
  #awake: PromiseWithResolvers<void> | undefined;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
    this.#now = steadyTime({ date: () => clock.now() + this.#offsetMs, uptime: () => clock.now() });
  }

  now(): number {
    return this.#now();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal);
    await this.awake();
  }

  /** Resolves when the process is not stopped. */
  async awake(): Promise<void> {
    while (this.#awake !== undefined) {
      await this.#awake.promise;
    }
  }

  /** Stops the process as SIGSTOP does: nothing reaches it, and it does nothing. */
  pause(): void {
    this.#awake ??= Promise.withResolvers<void>();
  }

  /** Goes on as SIGCONT does: everything that has come meanwhile is there at once. */
  resume(): void {
    this.#awake?.resolve();
    this.#awake = undefined;
  }

  /** Sets the machine's clock. */
  jump(byMs: number): void {
    this.#offsetMs += byMs;
  }
}
