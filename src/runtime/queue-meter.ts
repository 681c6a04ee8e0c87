import { Counter, exponentialBuckets, Gauge, Histogram, type Registry } from "@prometheus-io/client";

import type { Clock } from "../kube/clock.ts";
import type { QueueObserver } from "./queue.ts";

/** When each key of one queue was added, when the work on it began, and when any key was last handed out. */
type Spans = { readonly waiting: Map<string, number>; readonly active: Map<string, number>; lastTakenMs: number };

/** Since when which part of a queue's keys has been waiting. */
export type QueueDelay = {
  readonly name: string;
  /** How many keys have waited to be handed out, or been worked on, for longer than they should. */
  readonly unserved: number;
  /** For how long the first of them has. */
  readonly longestMs: number;
  /** Work on a key does not end, or no key is handed out though some wait: this process will not go on by itself. */
  readonly isStuck: boolean;
};

/** Slots are free again within moments, however slow servers are. */
const LATE_WAITING_MS = 2 * 60_000;
/** A cluster that sends its lists drop by drop can make a pass last some minutes: one tenant must not look like all. */
const LATE_ACTIVE_MS = 10 * 60_000;
/** Every request of a pass has a deadline, and it sends less than 60: none takes so long, whatever servers do. */
const STUCK_MS = 30 * 60_000;

/** 10 ns to 1000 s: the buckets of client-go. */
const BUCKETS_S = exponentialBuckets(1e-8, 10, 12);

/** Measures work queues, under the names that client-go gave to what it measures of its own. */
export class QueueMeter {
  readonly #clock: Clock;
  readonly #queues = new Map<string, Spans>();
  readonly #adds: Counter<"name">;
  readonly #retries: Counter<"name">;
  readonly #queueTime: Histogram<"name">;
  readonly #workTime: Histogram<"name">;

  constructor(registry: Registry, clock: Clock) {
    this.#clock = clock;
    const shared = { labelNames: ["name"] as const, registers: [registry] };
    this.#adds = new Counter({ ...shared, name: "workqueue_adds_total", help: "Total number of adds handled." });
    this.#retries = new Counter({
      ...shared,
      name: "workqueue_retries_total",
      help: "Total number of retries handled.",
    });
    this.#queueTime = new Histogram({
      ...shared,
      name: "workqueue_queue_duration_seconds",
      help: "How long in seconds an item stays in the queue before being requested.",
      buckets: BUCKETS_S,
    });
    this.#workTime = new Histogram({
      ...shared,
      name: "workqueue_work_duration_seconds",
      help: "How long in seconds processing an item takes.",
      buckets: BUCKETS_S,
    });
    this.#measureNow(registry);
  }

  /** Registers what is computed when it is read. */
  #measureNow(registry: Registry): void {
    this.#gauge(registry, {
      name: "workqueue_depth",
      help: "Number of items that wait.",
      read: ({ waiting }) => waiting.size,
    });
    this.#gauge(registry, {
      name: "service_provider_unserved_keys",
      help: "How many keys have waited for a pass, or been in one, for minutes.",
      read: (spans) => this.#delayOf("", spans).unserved,
    });
    this.#gauge(registry, {
      name: "workqueue_unfinished_work_seconds",
      help: "How many seconds of work are in progress and not yet in work_duration. Large values indicate stuck workers.",
      read: ({ active }) => active.values().reduce((sum, since) => sum + this.#secondsSince(since), 0),
    });
    this.#gauge(registry, {
      name: "workqueue_longest_running_processor_seconds",
      help: "How many seconds the longest running worker has been running.",
      read: ({ active }) => active.values().reduce((most, since) => Math.max(most, this.#secondsSince(since)), 0),
    });
  }

  /** How late the work on each queue is. */
  delays(): readonly QueueDelay[] {
    return Array.from(this.#queues, ([name, spans]) => this.#delayOf(name, spans));
  }

  /** Begins to measure a queue; a second call for the same one goes on with it. */
  observe(name: string): QueueObserver {
    const spans: Spans = this.#queues.get(name) ?? {
      waiting: new Map(),
      active: new Map(),
      lastTakenMs: this.#clock.now(),
    };
    this.#queues.set(name, spans);
    this.#adds.inc({ name }, 0);
    this.#retries.inc({ name }, 0);
    return {
      added: (key) => {
        this.#adds.inc({ name });
        if (spans.waiting.size === 0) {
          spans.lastTakenMs = this.#clock.now();
        }
        if (!spans.waiting.has(key)) {
          spans.waiting.set(key, this.#clock.now());
        }
      },
      retried: () => this.#retries.inc({ name }),
      taken: (key) => {
        this.#queueTime.observe({ name }, this.#end(spans.waiting, key));
        spans.active.set(key, this.#clock.now());
        spans.lastTakenMs = this.#clock.now();
      },
      finished: (key) => this.#workTime.observe({ name }, this.#end(spans.active, key)),
    };
  }

  #delayOf(name: string, { waiting, active, lastTakenMs }: Spans): QueueDelay {
    const nowMs = this.#clock.now();
    const late = [
      ...[...waiting].filter(([, since]) => nowMs - since > LATE_WAITING_MS),
      ...[...active].filter(([, since]) => nowMs - since > LATE_ACTIVE_MS),
    ];
    const firstActiveMs = Math.min(nowMs, ...active.values());
    return {
      name,
      unserved: new Set(late.map(([key]) => key)).size,
      longestMs: Math.max(0, ...late.map(([, since]) => nowMs - since)),
      isStuck: nowMs - firstActiveMs > STUCK_MS || (waiting.size > 0 && nowMs - lastTakenMs > STUCK_MS),
    };
  }

  /** A gauge that is computed when it is read. */
  #gauge(
    registry: Registry,
    gauge: { readonly name: string; readonly help: string; readonly read: (spans: Spans) => number },
  ): void {
    const queues = this.#queues;
    const { name, help, read } = gauge;
    // oxlint-disable-next-line no-new -- registering it is all there is to do
    new Gauge({
      name,
      help,
      labelNames: ["name"],
      registers: [registry],
      collect() {
        for (const [queue, spans] of queues) {
          this.set({ name: queue }, read(spans));
        }
      },
    });
  }

  #end(spans: Map<string, number>, key: string): number {
    const since = spans.get(key) ?? this.#clock.now();
    spans.delete(key);
    return this.#secondsSince(since);
  }

  #secondsSince(ms: number): number {
    return (this.#clock.now() - ms) / 1000;
  }
}
