import { Counter, Gauge, Histogram, type Registry } from "@prometheus-io/client";

import type { ControllerObserver } from "./controller.ts";

/** The buckets of controller-runtime. */
const BUCKETS_S = [
  0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.25, 1.5, 1.75, 2,
  2.5, 3, 3.5, 4, 4.5, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 60,
];
const RESULTS = ["success", "error", "requeue_after"] as const;

/** Measures controllers, under the names that controller-runtime gave to what it measures of its own. */
export class ControllerMeter {
  readonly #total: Counter<"controller" | "result">;
  readonly #errors: Counter<"controller">;
  readonly #time: Histogram<"controller">;
  readonly #active: Gauge<"controller">;
  readonly #most: Gauge<"controller">;

  constructor(registry: Registry) {
    const registers = [registry];
    const shared = { labelNames: ["controller"] as const, registers };
    this.#total = new Counter({
      name: "controller_runtime_reconcile_total",
      help: "Total number of reconciliations per controller.",
      labelNames: ["controller", "result"],
      registers,
    });
    this.#errors = new Counter({
      ...shared,
      name: "controller_runtime_reconcile_errors_total",
      help: "Total number of reconciliation errors per controller.",
    });
    this.#time = new Histogram({
      ...shared,
      name: "controller_runtime_reconcile_time_seconds",
      help: "Length of time per reconciliation per controller.",
      buckets: BUCKETS_S,
    });
    this.#active = new Gauge({
      ...shared,
      name: "controller_runtime_active_workers",
      help: "Number of currently used workers per controller.",
    });
    this.#most = new Gauge({
      ...shared,
      name: "controller_runtime_max_concurrent_reconciles",
      help: "Maximum number of concurrent reconciles per controller.",
    });
  }

  /** Begins to measure a controller; what has not happened yet reads 0. */
  observe(controller: string): ControllerObserver {
    const labels = { controller };
    this.#active.set(labels, 0);
    this.#errors.inc(labels, 0);
    for (const result of RESULTS) {
      this.#total.inc({ ...labels, result }, 0);
    }
    return {
      began: (concurrency) => this.#most.set(labels, concurrency),
      started: () => this.#active.inc(labels),
      finished: (result, durationMs) => {
        this.#active.dec(labels);
        this.#total.inc({ ...labels, result });
        this.#errors.inc(labels, result === "error" ? 1 : 0);
        this.#time.observe(labels, durationMs / 1000);
      },
    };
  }
}
