import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Registry } from "@prometheus-io/client";

import { FakeClock } from "../../test/support/fake-clock.ts";
import { QueueMeter } from "./queue-meter.ts";
import { WorkQueue } from "./queue.ts";

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
