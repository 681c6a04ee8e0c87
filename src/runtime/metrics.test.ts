import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Registry } from "@prometheus-io/client";
import { FakeClock } from "../../test/support/fake-clock.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { QueueMeter } from "./queue-meter.ts";
import { WorkQueue } from "./queue.ts";

/** Our samples, without histogram buckets. */
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
    controller.limited(4);

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

const MINUTE_MS = 60_000;
const signal = new AbortController().signal;

function start() {
  const clock = new FakeClock();
  const registry = new Registry();
  const meter = new QueueMeter(registry, clock);
  const queue = new WorkQueue({ clock, observer: meter.observe("ocm") });
  const delay = () => meter.delays()[0] ?? assert.fail();
  return { clock, registry, queue, delay };
}

describe("QueueMeter", () => {
  it("finds nothing unserved while each key is worked on within two minutes", async () => {
    const { clock, queue, delay } = start();

    for (let round = 0; round < 100; round += 1) {
      queue.add("a");
      await clock.advance(MINUTE_MS);
      await queue.next(signal);
      await clock.advance(MINUTE_MS);
      queue.done("a");
      assert.deepEqual(delay(), { name: "ocm", unserved: 0, longestMs: 0, isStuck: false });
    }
    await clock.advance(100 * MINUTE_MS);

    assert.equal(delay().isStuck, false);
  });

  it("counts a key that has waited for two minutes, or has been worked on for ten, once", async () => {
    const { clock, registry, queue, delay } = start();
    queue.add("active");
    await queue.next(signal);
    await clock.advance(10 * MINUTE_MS);
    queue.add("waiting");
    const before = delay().unserved;
    await clock.advance(1);
    const active = delay().unserved;
    queue.add("active");
    await clock.advance(3 * MINUTE_MS);
    queue.add("new");

    assert.deepEqual([before, active], [0, 1]);
    assert.deepEqual(delay(), { name: "ocm", unserved: 2, longestMs: 13 * MINUTE_MS + 1, isStuck: false });
    assert.match(await registry.metrics(), /service_provider_unserved_keys\{name="ocm"\} 2\n/);
  });

  it("tells work that never ends from work that is slow", async () => {
    const { clock, queue, delay } = start();
    queue.add("stuck");
    await queue.next(signal);

    for (let minute = 0; minute < 30; minute += 1) {
      queue.add(`slow ${minute}`);
      await queue.next(signal);
      await clock.advance(MINUTE_MS);
      queue.done(`slow ${minute}`);
    }
    const before = delay().isStuck;
    await clock.advance(1);

    assert.deepEqual([before, delay().isStuck], [false, true]);
  });

  it("notices that no key is handed out any more, but not that there is none", async () => {
    const { clock, queue, delay } = start();
    await clock.advance(60 * MINUTE_MS);
    queue.add("a");

    await clock.advance(30 * MINUTE_MS);
    const before = delay().isStuck;
    await clock.advance(1);

    assert.deepEqual([before, delay().isStuck], [false, true]);
  });

  it("does not take keys for stuck that wait long because there are many", async () => {
    const { clock, queue, delay } = start();
    for (let number = 0; number < 100; number += 1) {
      queue.add(`key ${number}`);
    }

    for (let number = 0; number < 60; number += 1) {
      const key = (await queue.next(signal)) ?? "";
      await clock.advance(MINUTE_MS);
      queue.done(key);
    }

    assert.deepEqual([delay().unserved, delay().isStuck], [40, false]);
  });
});
