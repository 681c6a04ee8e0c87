import { collectDefaultMetrics, Counter, exponentialBuckets, Gauge, Histogram, Registry } from "@prometheus-io/client";
import type { Clock } from "../kube/clock.ts";
import type { RequestReport } from "../kube/exchange.ts";
import type { ControllerObserver } from "./controller.ts";
import type { QueueObserver } from "./queue.ts";

/** Everything the process measures, under the names that dashboards for controller-runtime expect. */
export type Metrics = {
  /** Writes all metrics in Prometheus' text format. */
  readonly text: () => Promise<string>;
  /** Media type of `text`. */
  readonly contentType: string;
  /** Counts an HTTP exchange with an API server. */
  readonly request: (report: RequestReport) => void;
  /** Begins to measure a controller. */
  readonly controller: (name: string) => ControllerObserver;
  /** Begins to measure a queue. */
  readonly queue: (name: string) => QueueObserver;
  /** How late the work on each queue is. */
  readonly delays: () => readonly QueueDelay[];
  /** Notes that a cluster has just answered. */
  readonly contact: (cluster: string) => void;
  /** Notes whether this process holds a lease. */
  readonly leader: (name: string, isLeading: boolean) => void;
};

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

/** The buckets of controller-runtime. */
const RECONCILE_BUCKETS_S = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** The buckets of client-go: 10 ns to 1000 s. */
const QUEUE_BUCKETS_S = exponentialBuckets(1e-8, 10, 12);
const RESULTS = ["success", "error", "requeue_after"] as const;

/** Workers are free again within moments, however slow servers are. */
const LATE_WAITING_MS = 2 * 60_000;
/**
 * A cluster that sends its lists byte by byte can make one reconcile last minutes: that is no outage of all tenants.
 */
const LATE_ACTIVE_MS = 10 * 60_000;
/** Every request has a deadline, and a reconcile sends less than 60 of them, so no reconcile takes this long. */
const STUCK_MS = 30 * 60_000;

/** Makes the metrics of the process, in a registry of their own. */
export function createMetrics({ clock }: { readonly clock: Clock }): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];

  const requests = new Counter({
    name: "rest_client_requests_total",
    help: "Number of HTTP requests, partitioned by status code, method, and host.",
    labelNames: ["code", "method", "host"],
    registers,
  });
  const leading = new Gauge({
    name: "leader_election_master_status",
    help: "Whether this process holds the lease: 1 if it does, 0 if it does not.",
    labelNames: ["name"],
    registers,
  });
  const lastContacts = new Map<string, number>();
  registerComputed(registry, {
    name: "service_provider_last_contact_age_seconds",
    help: "How long ago the cluster last accepted a watch, or sent a list or an event.",
    label: "cluster",
    read: () => lastContacts.entries().map(([cluster, ms]) => [cluster, (clock.now() - ms) / 1000]),
  });
  const queues = new QueueMeter(registry, clock);
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    request: ({ code, method, host }) => requests.inc({ code, method, host }),
    controller: measureControllers(registry),
    queue: (name) => queues.observe(name),
    delays: () => queues.delays(),
    contact: (cluster) => void lastContacts.set(cluster, clock.now()),
    leader: (name, isLeading) => leading.set({ name }, isLeading ? 1 : 0),
  };
}

type ControllerMetrics = {
  readonly total: Counter<"controller" | "result">;
  readonly errors: Counter<"controller">;
  readonly time: Histogram<"controller">;
  readonly active: Gauge<"controller">;
  readonly most: Gauge<"controller">;
};

function registerControllerMetrics(registry: Registry): ControllerMetrics {
  const registers = [registry];
  const shared = { labelNames: ["controller"] as const, registers };
  const total = new Counter({
    name: "controller_runtime_reconcile_total",
    help: "Total number of reconciliations per controller.",
    labelNames: ["controller", "result"],
    registers,
  });
  const errors = new Counter({
    ...shared,
    name: "controller_runtime_reconcile_errors_total",
    help: "Total number of reconciliation errors per controller.",
  });
  const time = new Histogram({
    ...shared,
    name: "controller_runtime_reconcile_time_seconds",
    help: "Length of time per reconciliation per controller.",
    buckets: RECONCILE_BUCKETS_S,
  });
  const active = new Gauge({
    ...shared,
    name: "controller_runtime_active_workers",
    help: "Number of currently used workers per controller.",
  });
  const most = new Gauge({
    ...shared,
    name: "controller_runtime_max_concurrent_reconciles",
    help: "Maximum number of concurrent reconciles per controller.",
  });
  return { total, errors, time, active, most };
}

function measureControllers(registry: Registry): (name: string) => ControllerObserver {
  const { total, errors, time, active, most } = registerControllerMetrics(registry);
  return (controller) => {
    const labels = { controller };
    // A counter is visible from the start, so that its first increase can be seen.
    active.set(labels, 0);
    errors.inc(labels, 0);
    RESULTS.forEach((result) => total.inc({ ...labels, result }, 0));
    return {
      began: (concurrency) => most.set(labels, concurrency),
      started: () => active.inc(labels),
      finished: (result, durationMs) => {
        active.dec(labels);
        total.inc({ ...labels, result });
        errors.inc(labels, result === "error" ? 1 : 0);
        time.observe(labels, durationMs / 1000);
      },
    };
  };
}

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

type ComputedGauge = {
  readonly name: string;
  readonly help: string;
  readonly label: string;
  /** The value for each value of the label. */
  readonly read: () => Iterable<readonly [string, number]>;
};

/** Registers a gauge that is computed at each scrape. */
function registerComputed(registry: Registry, { name, help, label, read }: ComputedGauge): void {
  // oxlint-disable-next-line no-new -- the constructor registers the gauge
  new Gauge({
    name,
    help,
    labelNames: [label],
    registers: [registry],
    collect() {
      for (const [value, number] of read()) {
        this.set({ [label]: value }, number);
      }
    },
  });
}
