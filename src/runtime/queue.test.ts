import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { FakeClock } from "../../test/support/fake-clock.ts";
import { WorkQueue } from "./queue.ts";

const never = new AbortController().signal;

/** Takes all keys that are ready. */
async function drain(queue: WorkQueue, clock: FakeClock): Promise<string[]> {
  const stop = new AbortController();
  const keys: string[] = [];
  const worker = async (): Promise<void> => {
    for (let key = await queue.next(stop.signal); key !== undefined; key = await queue.next(stop.signal)) {
      keys.push(key);
      queue.done(key);
    }
  };
  const running = worker();
  await clock.advance(0);
  stop.abort();
  await running;
  return keys;
}

describe("WorkQueue", () => {
  it("hands out keys in the order in which they were added, each once", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });

    for (const key of ["b", "a", "b", "c"]) {
      queue.add(key);
    }

    assert.equal(queue.size, 3);
    assert.deepEqual(await drain(queue, clock), ["b", "a", "c"]);
  });

  it("hands out a key once more when it was added while being worked on", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });
    queue.add("a");
    await queue.next(never);

    queue.add("a");
    queue.add("a");
    const during = await drain(queue, clock);
    queue.done("a");

    assert.deepEqual(during, []);
    assert.deepEqual(await drain(queue, clock), ["a"]);
  });

  it("does not hand out a key again for what is taken back, while it was worked on", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });
    queue.add("a");
    await queue.next(never);
    queue.add("a", { cause: "own write", event: "1" });
    queue.add("a", { cause: "own write", event: "2" });

    queue.retract("a", "2");
    queue.retract("a", "1");
    queue.done("a");

    assert.deepEqual(await drain(queue, clock), []);
    queue.add("a", { cause: "later" });
    await queue.next(never);
    assert.deepEqual(queue.causes("a"), ["later"]);
  });

  const rest: Readonly<Record<string, (queue: WorkQueue) => void>> = {
    "another event": (queue) => queue.add("a", { event: "3" }),
    "an event that nobody names": (queue) => queue.add("a"),
    "the same event, of which another one is taken back": (queue) => queue.retract("a", "3"),
  };
  for (const [what, happen] of Object.entries(rest)) {
    for (const isFirst of [true, false]) {
      it(`hands it out again for ${what}, told ${isFirst ? "before" : "after"}`, async () => {
        const clock = new FakeClock();
        const queue = new WorkQueue({ clock });
        queue.add("a");
        await queue.next(never);
        const steps = [(): void => happen(queue), (): void => queue.add("a", { event: "1" })];
        (isFirst ? steps : steps.toReversed()).forEach((step) => step());

        queue.retract("a", what.startsWith("the same") ? "2" : "1");
        queue.done("a");

        assert.deepEqual(await drain(queue, clock), ["a"]);
      });
    }
  }

  it("keeps a key that waits for a worker, whatever is taken back", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });
    queue.add("a", { event: "1" });

    queue.retract("a", "1");

    assert.deepEqual(await drain(queue, clock), ["a"]);
  });

  it("wakes a worker that waits", async () => {
    const queue = new WorkQueue({ clock: new FakeClock() });
    const next = queue.next(never);

    queue.add("a");

    assert.equal(await next, "a");
  });

  it("ends the wait when the signal is aborted, and loses no key by that", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });
    const stop = new AbortController();
    const leaving = queue.next(stop.signal);
    const staying = queue.next(never);

    queue.add("a");
    stop.abort();

    assert.equal(await leaving, undefined);
    assert.equal(await staying, "a");
  });

  it("adds after a delay, at the earlier time of two", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });

    queue.addAfter("a", 5000);
    queue.addAfter("a", 1000);
    queue.addAfter("a", 3000);
    await clock.advance(999);
    const before = await drain(queue, clock);
    await clock.advance(1);
    const after = await drain(queue, clock);
    await clock.advance(60_000);

    assert.deepEqual([before, after], [[], ["a"]]);
    assert.deepEqual(await drain(queue, clock), []);
  });

  it("knows what has put a key into it since it was handed out before", async () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });
    queue.add("a", { cause: "Secret" });
    queue.add("a", { cause: "HelmRelease" });
    queue.add("a", { cause: "Secret" });
    queue.addAfter("a", 1000);
    await queue.next(never);
    const first = queue.causes("a");

    queue.add("a", { cause: "ConfigMap" });
    const during = queue.causes("a");
    queue.done("a");
    await queue.next(never);
    const second = queue.causes("a");
    queue.done("a");
    await clock.advance(1000);
    await queue.next(never);

    assert.deepEqual([first, during, second], [["Secret", "HelmRelease"], ["Secret", "HelmRelease"], ["ConfigMap"]]);
    assert.deepEqual(queue.causes("a"), ["timer"]);
  });

  it("leaves nothing running once it is closed", () => {
    const clock = new FakeClock();
    const queue = new WorkQueue({ clock });
    queue.addAfter("a", 5000);
    queue.addAfter("b", 1000);

    queue.close();

    assert.equal(clock.sleeping, 0);
  });

  it("never gives a key to two workers, and loses none, whatever is added when", async () => {
    const add = fc.record({
      key: fc.constantFrom("a", "b", "c"),
      afterMs: fc.nat({ max: 30 }),
      workMs: fc.nat({ max: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(add, { maxLength: 20 }), async (adds) => {
        const clock = new FakeClock(0);
        const queue = new WorkQueue({ clock });
        const stop = new AbortController();
        const active = new Set<string>();
        const started = new Map<string, number>();
        const worker = async (): Promise<void> => {
          for (let key = await queue.next(stop.signal); key !== undefined; key = await queue.next(stop.signal)) {
            assert.ok(!active.has(key));
            active.add(key);
            started.set(key, clock.now());
            await clock.sleep(adds.length);
            active.delete(key);
            queue.done(key);
          }
        };
        const workers = [worker(), worker(), worker()];

        const lastDue = new Map<string, number>();
        for (const { key, afterMs, workMs } of adds) {
          if (afterMs < 10) {
            queue.add(key);
            lastDue.set(key, clock.now());
          } else {
            queue.addAfter(key, afterMs);
          }
          await clock.advance(workMs);
        }
        await clock.advance(10_000);
        stop.abort();
        await Promise.all(workers);

        assert.equal(queue.size, 0);
        for (const { key } of adds) {
          assert.ok((started.get(key) ?? -1) >= (lastDue.get(key) ?? 0));
        }
      }),
      { numRuns: 50 },
    );
  });
});
