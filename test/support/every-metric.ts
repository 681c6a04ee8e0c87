import { countDroppedEvents, describeBuild, measureTenants } from "../../src/openmcp/service/provider-metrics.ts";
import { createMetrics } from "../../src/runtime/metrics.ts";
import { FakeClock } from "./fake-clock.ts";

/** What a scrape yields of a provider for which each metric has a value. */
export async function everyMetric(): Promise<string> {
  const clock = new FakeClock();
  const metrics = createMetrics({ clock });
  metrics.request({ method: "GET", code: "200", host: "platform", durationMs: 3 });
  metrics.contact("platform");
  metrics.leader("sp-ocm", true);
  const controller = metrics.controller("ocm");
  controller.limited(1);
  controller.started();
  controller.finished("success", 1);
  const queue = metrics.queue("ocm");
  queue.added("key");
  queue.taken("key");
  queue.finished("key");
  describeBuild(metrics, { version: "0.1.0", node: "v26" });
  countDroppedEvents(metrics);
  const tenants = measureTenants(metrics, { clock, onboardingExpiresAtMs: () => 0 });
  tenants.firstReady(1);
  tenants.removed(1);
  tenants.follow(() => ({
    states: [{ labels: { phase: "Ready", reason: "ReconcileSuccess" }, count: 1 }],
    failing: [{ labels: { reason: "ReconcileError" }, count: 1 }],
    versions: [{ labels: { wanted: "1.0.0", installed: "1.0.0" }, count: 1 }],
    ignored: 0,
    deletions: [{ labels: { reason: "Removing" }, sinceMs: 0 }],
    areSettingsInForce: true,
    unserved: 0,
    tokenExpiresAtMs: 0,
  }));
  return metrics.text();
}
