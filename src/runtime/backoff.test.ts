import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { Backoff } from "./backoff.ts";

describe("Backoff", () => {
  it("doubles from the base to the maximum", () => {
    const backoff = new Backoff({ baseMs: 100, maxMs: 1000, random: () => 1 });

    const delays = Array.from({ length: 6 }, () => backoff.next("a"));

    assert.deepEqual(delays, [100, 200, 400, 800, 1000, 1000]);
  });

  it("starts anew after a reset", () => {
    const backoff = new Backoff({ baseMs: 100, random: () => 1 });
    backoff.next("a");
    backoff.next("a");

    backoff.reset("a");

    assert.equal(backoff.next("a"), 100);
  });

  it("gives the longest delay that holds at the moment, also for an attempt that is due later", () => {
    let maxMs = 300_000;
    const backoff = new Backoff({ maxMs: () => maxMs, random: () => 1 });
    const failAt = (beganAt: number): number => backoff.afterFailure("a", { beganAt, now: beganAt });
    const dueAt = [0, 1000, 3000, 7000, 15_000, 31_000].map((beganAt) => beganAt + failAt(beganAt)).at(-1);

    maxMs = 5000;

    assert.equal(dueAt, 63_000);
    assert.deepEqual([failAt(32_000), failAt(60_000), failAt(63_000)], [5000, 3000, 5000]);
  });

  it("counts each key by itself", () => {
    const backoff = new Backoff({ baseMs: 100, random: () => 1 });
    backoff.next("a");

    assert.equal(backoff.next("b"), 100);
  });

  it("stays within its bounds for any number of failures and any jitter", () => {
    fc.assert(
      fc.property(
        fc.nat({ max: 5000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (failures, jitter) => {
          const backoff = new Backoff({ baseMs: 1000, maxMs: 300_000, random: () => jitter });
          for (let count = 0; count < failures; count += 1) {
            backoff.next("a");
          }

          const delayMs = backoff.next("a");

          assert.ok(delayMs >= 500 && delayMs <= 300_000);
        },
      ),
      { numRuns: 50 },
    );
  });
});
