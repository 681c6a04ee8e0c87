import type { Clock } from "../kube/clock.ts";

/** Observes a queue, for metrics. */
export type QueueObserver = {
  /** A key was added; it may have been waiting already. */
  added(key: string): void;
  /** A key will be added after a delay because the work on it failed. */
  retried(key: string): void;
  /** A worker took a key. */
  taken(key: string): void;
  /** Work on a key has ended. */
  finished(key: string): void;
};

type Delay = { readonly dueAt: number; readonly cause: string; readonly cancel: AbortController };

/**
 * A work queue as in client-go: each key is handed to one worker at a time, in the order in which keys were added.
 *
 * A key that is added while it waits is handed out once. A key that is added while a worker has it is handed out once
 * more after `done`. Of two delayed adds for the same key the earlier one counts.
 */
export class WorkQueue {
  readonly #ready = new Set<string>();
  readonly #active = new Set<string>();
  readonly #again = new Set<string>();
  /** Why each key waits, and why each active one was handed out. */
  readonly #causes = new Map<string, Set<string>>();
  readonly #causesOfActive = new Map<string, readonly string[]>();
  readonly #delayed = new Map<string, Delay>();
  readonly #waiting = new Set<() => void>();
  readonly #clock: Clock;
  readonly #observer: QueueObserver | undefined;

  constructor(options: { readonly clock: Clock; readonly observer?: QueueObserver | undefined }) {
    this.#clock = options.clock;
    this.#observer = options.observer;
  }

  /** How many keys wait, without delayed ones. */
  get size(): number {
    return this.#ready.size + this.#again.size;
  }

  /** Adds a key. `cause` says in a few words what has happened; there are few different ones. */
  add(key: string, cause?: string): void {
    this.#observer?.added(key);
    this.#note(key, cause);
    if (this.#active.has(key)) {
      this.#again.add(key);
      return;
    }
    this.#ready.add(key);
    this.#wakeOne();
  }

  /** Adds a key after `afterMs`; at once when `afterMs` is 0 or less. */
  addAfter(key: string, afterMs: number, cause = "timer"): void {
    if (afterMs <= 0) {
      this.add(key, cause);
      return;
    }
    const dueAt = this.#clock.now() + afterMs;
    const before = this.#delayed.get(key);
    if (before !== undefined && before.dueAt <= dueAt) {
      return;
    }
    before?.cancel.abort();
    const delay: Delay = { dueAt, cause, cancel: new AbortController() };
    this.#delayed.set(key, delay);
    void this.#addLater(key, afterMs, delay);
  }

  /** Adds a key after `afterMs` because the work on it failed. */
  retryAfter(key: string, afterMs: number): void {
    this.#observer?.retried(key);
    this.addAfter(key, afterMs, "retry");
  }

  /** What has put a key into the queue that a worker has. */
  causes(key: string): readonly string[] {
    return this.#causesOfActive.get(key) ?? [];
  }

  /** Cancels the delayed add of a key. */
  cancel(key: string): void {
    this.#delayed.get(key)?.cancel.abort();
    this.#delayed.delete(key);
  }

  /** Resolves with the next key, which the caller has to pass to `done`; with `undefined` when `signal` is aborted. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    while (!signal.aborted) {
      for (const key of this.#ready) {
        this.#ready.delete(key);
        this.#active.add(key);
        this.#causesOfActive.set(key, [...(this.#causes.get(key) ?? [])]);
        this.#causes.delete(key);
        this.#observer?.taken(key);
        return key;
      }
      await this.#wait(signal);
    }
    // A key may have woken this worker: wake another one for it.
    this.#wakeOne();
    return undefined;
  }

  /** Ends the work on a key of `next`. */
  done(key: string): void {
    this.#active.delete(key);
    this.#causesOfActive.delete(key);
    this.#observer?.finished(key);
    if (this.#again.delete(key)) {
      this.#ready.add(key);
      this.#wakeOne();
    }
  }

  /** Cancels all delayed adds, so that no timer is left. */
  close(): void {
    for (const { cancel } of this.#delayed.values()) {
      cancel.abort();
    }
    this.#delayed.clear();
  }

  async #addLater(key: string, afterMs: number, delay: Delay): Promise<void> {
    await this.#clock.sleep(afterMs, delay.cancel.signal);
    if (!delay.cancel.signal.aborted) {
      this.#delayed.delete(key);
      this.add(key, delay.cause);
    }
  }

  #note(key: string, cause: string | undefined): void {
    if (cause !== undefined) {
      this.#causes.set(key, (this.#causes.get(key) ?? new Set()).add(cause));
    }
  }

  #wakeOne(): void {
    for (const wake of this.#waiting) {
      wake();
      return;
    }
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
