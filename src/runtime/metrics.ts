import { collectDefaultMetrics, Counter, Gauge, Registry } from "@prometheus-io/client";

import type { Clock } from "../kube/clock.ts";
import type { RequestReport } from "../kube/exchange.ts";
import { ControllerMeter } from "./controller-meter.ts";
import type { ControllerObserver } from "./controller.ts";
import { QueueMeter } from "./queue-meter.ts";
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
    leader: (name, isLeading) => leading.set({ name }, isLeading ? 1 : 0),
  };
}
