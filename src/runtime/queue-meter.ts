import { Counter, exponentialBuckets, Histogram, type Registry } from "@prometheus-io/client";
import type { Clock } from "../kube/clock.ts";
import { registerComputed } from "./computed-gauge.ts";
import type { QueueObserver } from "./queue.ts";

/** How late the work on one queue is. */
export type QueueDelay = {
  readonly name: string;
  /** How many keys have waited for a worker, or have been worked on, for longer than they should. */
  readonly unserved: number;
  /** For how long the first of these keys has. */
  readonly longestMs: number;
  /** A key is worked on without end, or keys wait and no worker takes one: only a new process can help. */
  readonly isStuck: boolean;
};

/** When each key of one queue was added, when the work on it began, and when a worker last took any key. */
type Spans = { readonly waiting: Map<string, number>; readonly active: Map<string, number>; lastTakenMs: number };

/** The buckets of client-go: 10 ns to 1000 s. */
const QUEUE_BUCKETS_S = exponentialBuckets(1e-8, 10, 12);

/** Workers are free again within moments, however slow servers are. */
const LATE_WAITING_MS = 2 * 60_000;
/**
 * A cluster that sends its lists byte by byte can make one reconcile last minutes: that is no outage of all tenants.
 */
const LATE_ACTIVE_MS = 10 * 60_000;
/** Every request has a deadline, and a reconcile sends less than 60 of them, so no reconcile takes this long. */
const STUCK_MS = 30 * 60_000;

/** Measures work queues, under the names of client-go's metrics. */
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
      buckets: QUEUE_BUCKETS_S,
    });
    this.#workTime = new Histogram({
      ...shared,
      name: "workqueue_work_duration_seconds",
      help: "How long in seconds processing an item takes.",
      buckets: QUEUE_BUCKETS_S,
    });
    this.#registerComputed(registry);
  }

  /** How late the work on each queue is. */
  delays(): readonly QueueDelay[] {
    return Array.from(this.#queues, ([name, spans]) => this.#delayOf(name, spans));
  }

  /** Begins to measure a queue; a second call for the same queue continues the first one. */
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
      retracted: (key) => void spans.waiting.delete(key),
      finished: (key) => this.#workTime.observe({ name }, this.#end(spans.active, key)),
    };
  }

  #registerComputed(registry: Registry): void {
    const register = (name: string, help: string, read: (spans: Spans) => number): void =>
      registerComputed(registry, {
        name,
        help,
        label: "name",
        read: () => this.#queues.entries().map(([queue, spans]) => [queue, read(spans)]),
      });
    register("workqueue_depth", "Number of items that wait.", ({ waiting }) => waiting.size);
    register(
      "service_provider_unserved_keys",
      "How many keys have waited for a reconcile, or have been in one, for minutes.",
      (spans) => this.#delayOf("", spans).unserved,
    );
    register(
      "workqueue_unfinished_work_seconds",
      "How many seconds of work are in progress and not yet in work_duration. Large values indicate stuck workers.",
      ({ active }) => active.values().reduce((sum, since) => sum + this.#secondsSince(since), 0),
    );
    register(
      "workqueue_longest_running_processor_seconds",
      "How many seconds the longest running worker has been running.",
      ({ active }) => active.values().reduce((most, since) => Math.max(most, this.#secondsSince(since)), 0),
    );
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

  #end(spans: Map<string, number>, key: string): number {
    const since = spans.get(key) ?? this.#clock.now();
    spans.delete(key);
    return this.#secondsSince(since);
  }

  #secondsSince(ms: number): number {
    return (this.#clock.now() - ms) / 1000;
  }
}
