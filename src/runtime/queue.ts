import type { Clock } from "../kube/clock.ts";
import { Lanes, mostUrgent, type Urgency } from "./lanes.ts";
import { type Due, Timetable } from "./timetable.ts";

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
  /** What a key was added for once more, while a worker had it, needs no work. */
  retracted?(key: string): void;
};

/** How a key is added. */
export type Addition = {
  /** Says in a few words what has happened; there are few different ones. */
  readonly cause?: string;
  /** Default: `news`. */
  readonly urgency?: Urgency;
  /** Names what has happened, so that it can be taken back. Default: nobody takes it back. */
  readonly event?: string | undefined;
};

/** What a key is handed out for once more. `events` can be taken back, unless there is anything else. */
type Again = { readonly urgency: Urgency; readonly events: Set<string> | undefined };

type Delayed = Due & { readonly addition: Addition };

/** Cause of a key that was added after a delay, if no other was given. */
export const TIMER = "timer";

/** Delays that are longer end together, at a whole second: a process that waits for thousands wakes up once a second. */
const EXACT_MS = 30_000;
const ROUNDED_TO_MS = 1000;

/**
 * A work queue as in client-go: each key is handed to one worker at a time, in the order of `Lanes`.
 *
 * A key that is added while it waits is handed out once. A key that is added while a worker has it is handed out once
 * more after `done`. Of two delayed adds for the same key the earlier one counts.
 */
export class WorkQueue {
  readonly #ready = new Lanes();
  readonly #active = new Set<string>();
  readonly #again = new Map<string, Again>();
  /** Why each key waits, and why each active one was handed out. */
  readonly #causes = new Map<string, Set<string>>();
  readonly #causesOfActive = new Map<string, readonly string[]>();
  readonly #delayed = new Timetable<Delayed>();
  #alarm: { readonly dueAt: number; readonly cancel: AbortController } | undefined;
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

  /** Adds a key. */
  add(key: string, { cause, urgency = "news", event }: Addition = {}): void {
    this.#observer?.added(key);
    this.#note(key, cause);
    if (this.#active.has(key)) {
      const before = this.#again.get(key);
      this.#again.set(key, { urgency: mostUrgent(urgency, before?.urgency), events: eventsOf(before, event) });
      return;
    }
    this.#ready.add(key, urgency);
    this.#wakeOne();
  }

  /** Adds a key after `afterMs`; at once when `afterMs` is 0 or less. */
  addAfter(key: string, afterMs: number, addition: Addition = { cause: TIMER }): void {
    if (afterMs <= 0) {
      this.add(key, addition);
      return;
    }
    const dueAt = roundUp(this.#clock.now() + afterMs, afterMs > EXACT_MS ? ROUNDED_TO_MS : 1);
    const before = this.#delayed.get(key);
    if (before === undefined || before.dueAt > dueAt) {
      this.#delayed.set({ key, dueAt, addition });
      this.#setAlarm();
    }
  }

  /** Adds a key after `afterMs` because the work on it failed. */
  retryAfter(key: string, afterMs: number): void {
    this.#observer?.retried(key);
    this.addAfter(key, afterMs, { cause: "retry", urgency: "order" });
  }

  /** What has put a key into the queue that a worker has. */
  causes(key: string): readonly string[] {
    return this.#causesOfActive.get(key) ?? [];
  }

  /** Takes back an event for which a key was added while a worker had it: that very worker has caused it. */
  retract(key: string, event: string): void {
    const events = this.#again.get(key)?.events;
    if (events?.delete(event) === true && events.size === 0) {
      this.#again.delete(key);
      this.#causes.delete(key);
      this.#observer?.retracted?.(key);
    }
  }

  /** Cancels the delayed add of a key. */
  cancel(key: string): void {
    this.#delayed.delete(key);
  }

  /** Resolves with the next key, which the caller has to pass to `done`; with `undefined` when `signal` is aborted. */
  async next(signal: AbortSignal): Promise<string | undefined> {
    while (!signal.aborted) {
      const key = this.#ready.take();
      if (key !== undefined) {
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
    const again = this.#again.get(key);
    if (again !== undefined) {
      this.#again.delete(key);
      this.#ready.add(key, again.urgency);
      this.#wakeOne();
    }
  }

  /** Cancels all delayed adds, so that no timer is left. */
  close(): void {
    this.#delayed.clear();
    this.#alarm?.cancel.abort();
    this.#alarm = undefined;
  }

  #setAlarm(): void {
    const dueAt = this.#delayed.firstDueAt;
    if (dueAt === undefined || (this.#alarm !== undefined && this.#alarm.dueAt <= dueAt)) {
      return;
    }
    this.#alarm?.cancel.abort();
    const cancel = new AbortController();
    this.#alarm = { dueAt, cancel };
    void this.#clock.sleep(dueAt - this.#clock.now(), cancel.signal).then(() => {
      if (!cancel.signal.aborted) {
        this.#alarm = undefined;
        this.#addDue();
      }
    });
  }

  #addDue(): void {
    for (const { key, addition } of this.#delayed.takeDue(this.#clock.now())) {
      this.add(key, addition);
    }
    this.#setAlarm();
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

function eventsOf(before: Again | undefined, event: string | undefined): Set<string> | undefined {
  const isLasting = event === undefined || (before !== undefined && before.events === undefined);
  return isLasting ? undefined : (before?.events ?? new Set()).add(event);
}

function roundUp(ms: number, stepMs: number): number {
  return Math.ceil(ms / stepMs) * stepMs;
}
