import { collectDefaultMetrics, Counter, Gauge, Registry } from "@prometheus-io/client";

import type { Clock } from "../kube/clock.ts";
import type { RequestReport } from "../kube/exchange.ts";
import { ControllerMeter } from "./controller-meter.ts";
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
  /** Begins to measure a controller. */
  readonly controller: (name: string) => ControllerObserver;
  /** Begins to measure a queue. */
  readonly queue: (name: string) => QueueObserver;
  /** How late the work on each queue is. */
  readonly delays: () => readonly QueueDelay[];
  /** Notes that a cluster has done what it was asked for. */
  readonly contact: (cluster: string) => void;
  /** Notes whether this process holds a lease. */
  readonly leader: (name: string, isLeading: boolean) => void;
};

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
  const controllers = new ControllerMeter(registry);
  const queues = new QueueMeter(registry, clock);
  return {
    text: () => registry.metrics(),
    contentType: registry.contentType,
    request: ({ code, method, host }) => requests.inc({ code, method, host }),
    controller: (name) => controllers.observe(name),
    queue: (name) => queues.observe(name),
    delays: () => queues.delays(),
    contact: followAges(registry, clock),
    leader: (name, isLeading) => leading.set({ name }, isLeading ? 1 : 0),
  };
}

/** Measures how long ago each cluster was heard; the returned function notes that it is. */
function followAges(registry: Registry, clock: Clock): (cluster: string) => void {
  const lastContacts = new Map<string, number>();
  // oxlint-disable-next-line no-new -- registering it is all there is to do
  new Gauge({
    name: "service_provider_last_contact_age_seconds",
    help: "How long ago the cluster last accepted a watch, or sent a list or an event.",
    labelNames: ["cluster"],
    registers: [registry],
    collect() {
      for (const [cluster, ms] of lastContacts) {
        this.set({ cluster }, (clock.now() - ms) / 1000);
      }
    },
  });
  return (cluster) => void lastContacts.set(cluster, clock.now());
}
