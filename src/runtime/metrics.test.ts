import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { FakeClock } from "../../test/support/fake-clock.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { WorkQueue } from "./queue.ts";

/** The samples of ours, histogram buckets left out. */
async function samples(metrics: Metrics): Promise<Record<string, number>> {
  const text = await metrics.text();
  const lines = text
    .split("\n")
    .filter((line) => /^(controller_|workqueue_|rest_|leader_)/u.test(line) && !line.includes("_bucket{"));
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]),
  );
}

describe("metrics", () => {
  it("measure controllers under the names of controller-runtime", async () => {
    const metrics = createMetrics({ clock: new FakeClock() });
    const controller = metrics.controller("ocm");
    controller.began(4);

    controller.started();
    controller.started();
    controller.finished("error", 1500);

    assert.deepEqual(await samples(metrics), {
      'controller_runtime_reconcile_total{controller="ocm",result="success"}': 0,
      'controller_runtime_reconcile_total{controller="ocm",result="error"}': 1,
      'controller_runtime_reconcile_total{controller="ocm",result="requeue_after"}': 0,
      'controller_runtime_reconcile_errors_total{controller="ocm"}': 1,
      'controller_runtime_reconcile_time_seconds_sum{controller="ocm"}': 1.5,
      'controller_runtime_reconcile_time_seconds_count{controller="ocm"}': 1,
      'controller_runtime_active_workers{controller="ocm"}': 1,
      'controller_runtime_max_concurrent_reconciles{controller="ocm"}': 4,
    });
  });

  it("measure queues under the names of client-go", async () => {
    const clock = new FakeClock();
    const metrics = createMetrics({ clock });
    const queue = new WorkQueue({ clock, observer: metrics.queue("ocm") });
    const signal = new AbortController().signal;

    queue.add("a");
    queue.add("b");
    queue.add("c");
    await clock.advance(2000);
    await queue.next(signal);
    await queue.next(signal);
    await clock.advance(3000);
    queue.done("a");
    queue.retryAfter("a", 1000);

    assert.deepEqual(await samples(metrics), {
      'workqueue_adds_total{name="ocm"}': 3,
      'workqueue_retries_total{name="ocm"}': 1,
      'workqueue_queue_duration_seconds_sum{name="ocm"}': 4,
      'workqueue_queue_duration_seconds_count{name="ocm"}': 2,
      'workqueue_work_duration_seconds_sum{name="ocm"}': 3,
      'workqueue_work_duration_seconds_count{name="ocm"}': 1,
      'workqueue_depth{name="ocm"}': 1,
      'workqueue_unfinished_work_seconds{name="ocm"}': 3,
      'workqueue_longest_running_processor_seconds{name="ocm"}': 3,
    });
  });

  it("count requests and show who leads", async () => {
    const metrics = createMetrics({ clock: new FakeClock() });

    metrics.request({ method: "GET", code: "200", host: "platform", durationMs: 3 });
    metrics.leader("ocm", true);

    assert.deepEqual(await samples(metrics), {
      'rest_client_requests_total{code="200",method="GET",host="platform"}': 1,
      'leader_election_master_status{name="ocm"}': 1,
    });
  });

  it("tell how long ago each cluster was heard", async () => {
    const clock = new FakeClock();
    const metrics = createMetrics({ clock });

    metrics.contact("platform");
    await clock.advance(1500);
    metrics.contact("onboarding");

    const text = await metrics.text();
    assert.match(text, /^service_provider_last_contact_age_seconds\{cluster="platform"\} 1\.5$/mu);
    assert.match(text, /^service_provider_last_contact_age_seconds\{cluster="onboarding"\} 0$/mu);
  });

  it("tell about the process", async () => {
    const text = await createMetrics({ clock: new FakeClock() }).text();

    assert.match(text, /^process_resident_memory_bytes /mu);
    assert.match(text, /^nodejs_eventloop_lag_seconds /mu);
  });
});
