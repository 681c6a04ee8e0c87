import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { VirtualClock } from "./clock.ts";

describe("VirtualClock", () => {
  it("wakes sleepers in the order of their time, whatever order they went to sleep in", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(1000), { maxLength: 10 }), async (delays) => {
        const clock = new VirtualClock({ startMs: 0 });
        const woken: number[] = [];
        for (const delay of delays) {
          void clock.sleep(delay).then(() => woken.push(delay));
        }

        await clock.advance(1000);

        assert.deepEqual(
          woken,
          delays.toSorted((left, right) => left - right),
        );
        assert.equal(clock.sleeping, 0);
      }),
      { numRuns: 20 },
    );
  });

  it("wakes nobody before their time", async () => {
    const clock = new VirtualClock({ startMs: 0 });
    let awake = false;
    void clock.sleep(100).then(() => (awake = true));

    await clock.advance(99);
    assert.equal(awake, false);

    await clock.advance(1);
    assert.equal(awake, true);
  });

  it("ends a sleep whose signal is aborted, without moving time", async () => {
    const clock = new VirtualClock({ startMs: 0 });
    const stop = new AbortController();
    const sleep = clock.sleep(1000, stop.signal);

    stop.abort();
    await sleep;

    assert.equal(clock.now(), 0);
    assert.equal(clock.sleeping, 0);
  });

  it("runs until a promise settles and returns its value", async () => {
    const clock = new VirtualClock({ startMs: 0 });

    const value = await clock.runUntil(clock.sleep(60_000).then(() => "done"));

    assert.equal(value, "done");
    assert.equal(clock.now(), 60_000);
  });

  it("says so when nobody waits for time and the goal is not reached", async () => {
    const clock = new VirtualClock({ startMs: 0 });

    await assert.rejects(
      clock.runUntil(() => false),
      /deadlock/,
    );
  });

  it("gives up at the limit of virtual time", async () => {
    const clock = new VirtualClock({ startMs: 0 });
    void clock.sleep(10_000);

    await assert.rejects(
      clock.runUntil(() => false, { limitMs: 5_000 }),
      /not reached within the limit/,
    );
  });
});
