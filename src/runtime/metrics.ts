import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "@prometheus-io/client";
import type { Clock } from "../kube/clock.ts";
import type { RequestReport } from "../kube/exchange.ts";
import { registerComputed } from "./computed-gauge.ts";
import type { ControllerObserver } from "./controller.ts";
import { type QueueDelay, QueueMeter } from "./queue-meter.ts";
import type { QueueObserver } from "./queue.ts";

/** Everything the process measures, under the names that dashboards for controller-runtime expect. */
export type Metrics = {
  /** Writes all metrics in Prometheus' text format. */
  readonly text: () => Promise<string>;
  /** Media type of `text`. */
  readonly contentType: string;
  /** Counts an HTTP exchange with an API server. */
  readonly request: (report: RequestReport) => void;
  /** Calls `listener` for each such exchange, until the returned function is called. */
  readonly onRequest: (listener: (report: RequestReport) => void) => () => void;
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
  /** Registers a further gauge, and returns what replaces all of its values. */
  readonly gauge: (options: MetricOptions) => SetValues;
  /** Registers a further histogram without labels, and returns what observes a value. */
  readonly histogram: (
    options: Omit<MetricOptions, "labelNames"> & { readonly buckets: readonly number[] },
  ) => (value: number) => void;
  /** Registers a further counter, whose values of `label` are known, and returns what counts one more. */
  readonly counter: (options: CounterOptions) => (value: string) => void;
  /** Calls `listener` before each scrape, until the returned function is called. */
  readonly onScrape: (listener: () => void) => () => void;
};

/** What a metric is and how it is called. */
type MetricOptions = { readonly name: string; readonly help: string; readonly labelNames: readonly string[] };

type CounterOptions = Omit<MetricOptions, "labelNames"> & {
  readonly label: string;
  readonly values: readonly string[];
};

/** Replaces all values of a gauge: labels that are left out have no value any more. */
type SetValues = (values: readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[]) => void;

/** The buckets of controller-runtime. */
const RECONCILE_BUCKETS_S = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
/** Sampled as often as the library does, an idle process would take 0.35 % of a processor to look at itself. */
const EVENT_LOOP = { eventLoopMonitoringPrecision: 100, eventLoopUtilizationTimeout: 1000 } as const;
const RESULTS = ["success", "error", "requeue_after"] as const;

/** Makes the metrics of the process, in a registry of their own. */
export function createMetrics({ clock }: { readonly clock: Clock }): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, ...EVENT_LOOP });
  const { requests, leading } = registerProcessMetrics(registry);
  const lastContacts = new Map<string, number>();
  registerComputed(registry, {
    name: "service_provider_last_contact_age_seconds",
    help: "How long ago the cluster last accepted a watch, or sent a list or an event.",
    label: "cluster",
    read: () => lastContacts.entries().map(([cluster, ms]) => [cluster, (clock.now() - ms) / 1000]),
  });
  const queues = new QueueMeter(registry, clock);
  const scrapes = new Listeners<void>();
  const exchanges = new Listeners<RequestReport>();
  return {
    text: () => {
      scrapes.tell();
      return registry.metrics();
    },
    contentType: registry.contentType,
    request: (report) => {
      const { code, method, host } = report;
      requests.inc({ code, method, host });
      exchanges.tell(report);
    },
    onRequest: (listener) => exchanges.add(listener),
    controller: measureControllers(registry),
    queue: (name) => queues.observe(name),
    delays: () => queues.delays(),
    contact: (cluster) => void lastContacts.set(cluster, clock.now()),
    leader: (name, isLeading) => leading.set({ name }, isLeading ? 1 : 0),
    ...furtherMetrics(registry),
    onScrape: (listener) => scrapes.add(listener),
  };
}

class Listeners<T> {
  readonly #all = new Set<(news: T) => void>();

  /** Adds a listener, and returns what removes it. */
  add(listener: (news: T) => void): () => void {
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  tell(news: T): void {
    this.#all.forEach((listener) => listener(news));
  }
}

function registerProcessMetrics(registry: Registry) {
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
  return { requests, leading };
}

function furtherMetrics(registry: Registry): Pick<Metrics, "gauge" | "histogram" | "counter"> {
  const registers = [registry];
  return {
    gauge: (options) => {
      const gauge = new Gauge({ ...options, registers });
      const set: SetValues = (values) => {
        gauge.reset();
        // A gauge without labels begins with 0, which nobody has measured.
        if (options.labelNames.length === 0) {
          gauge.remove();
        }
        values.forEach(([labels, value]) => gauge.set(labels, value));
      };
      set([]);
      return set;
    },
    histogram: ({ buckets, ...options }) => {
      const histogram = new Histogram({ ...options, buckets: [...buckets], registers });
      return (value) => histogram.observe(value);
    },
    counter: ({ label, values, ...options }) => {
      const counter = new Counter({ ...options, labelNames: [label], registers });
      // A counter is visible from the start, so that its first increase can be seen.
      values.forEach((value) => counter.inc({ [label]: value }, 0));
      return (value) => counter.inc({ [label]: value });
    },
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
      limited: (concurrency) => most.set(labels, concurrency),
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
