import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { FakeClock } from "../../test/support/fake-clock.ts";
import { TokenBuckets } from "./token-buckets.ts";

describe("TokenBuckets", () => {
  it("gives a burst at once, then one token each period, for each key by itself", async () => {
    const clock = new FakeClock();
    const buckets = new TokenBuckets({ clock, burst: 2, refillMs: 1000 });

    const atOnce = [buckets.take("a"), buckets.take("a"), buckets.take("a"), buckets.take("b")];
    await clock.advance(1000);
    const later = [buckets.take("a"), buckets.take("a")];

    assert.deepEqual(atOnce, [true, true, false, true]);
    assert.deepEqual(later, [true, false]);
  });

  it("never gives more than the burst and what was refilled", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 3000 }), { maxLength: 50 }), (pauses) => {
        let nowMs = 0;
        const clock = { now: () => nowMs, sleep: () => Promise.resolve() };
        const buckets = new TokenBuckets({ clock, burst: 3, refillMs: 1000 });
        let taken = 0;

        for (const pauseMs of pauses) {
          nowMs += pauseMs;
          taken += buckets.take("a") ? 1 : 0;

          assert.ok(taken <= 3 + nowMs / 1000);
        }
      }),
    );
  });
});
