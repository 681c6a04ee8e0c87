import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { FakeClock } from "../../test/support/fake-clock.ts";
import { FIRST_PACE, nextPace, Pace, type PaceSample, type ServerPace } from "./pace.ts";
import { Slots } from "./slots.ts";

const write: PaceSample = { nowMs: 0, durationMs: 10, isRefusal: false, isFull: true };

/** What becomes of the pace with a server that needs `aloneMs` for a write, and works on `atOnce` at the same time. */
function settle(
  { aloneMs, atOnce }: { readonly aloneMs: number; readonly atOnce: number },
  sample: Partial<PaceSample> = {},
): ServerPace {
  let pace = nextPace(FIRST_PACE, { ...write, durationMs: aloneMs });
  for (let number = 0; number < 20_000; number += 1) {
    const durationMs = aloneMs * Math.max(1, pace.limit / atOnce);
    pace = nextPace(pace, { ...write, nowMs: number, durationMs, ...sample });
  }
  return pace;
}

describe("nextPace", () => {
  it("rises to its bound while a server gets no slower by it, and only if as many reconciles run as may", () => {
    assert.equal(settle({ aloneMs: 20, atOnce: 1000 }).limit, 64);
    assert.equal(settle({ aloneMs: 20, atOnce: 1000 }, { isFull: false }).limit, FIRST_PACE.limit);
  });

  it("keeps a server busy, and has no more wait before it than keeps it busy", () => {
    for (const atOnce of [2, 4, 8, 16, 30]) {
      const { limit } = settle({ aloneMs: 10, atOnce });
      assert.ok(limit >= atOnce + 6 && limit <= atOnce + 13, `${atOnce} at once: ${limit}`);
    }
  });

  it("gives way to a server that gets slower, and learns within two minutes that this is its speed", () => {
    let pace = settle({ aloneMs: 5, atOnce: 100 });
    const feed = (count: number, durationMs: number, fromMs: number): void => {
      for (let number = 0; number < count; number += 1) {
        pace = nextPace(pace, { ...write, nowMs: fromMs + number * 10, durationMs });
      }
    };
    feed(3000, 500, 20_000);
    const slow = pace.limit;
    feed(18_000, 500, 50_000);

    assert.ok(slow <= 13, `found ${slow}`);
    assert.ok(pace.limit > slow, `found ${pace.limit} after ${slow}`);
  });

  it("halves with a refusal, once for those that come together, and rises again only after a while", () => {
    const refusal = { ...write, isRefusal: true };
    const once = nextPace({ ...FIRST_PACE, limit: 16 }, refusal);
    const together = nextPace(once, { ...refusal, nowMs: 999 });
    const twice = nextPace(together, { ...refusal, nowMs: 1000 });
    const afterMany = Array.from({ length: 9 }).reduce<ServerPace>(
      (pace, _, index) => nextPace(pace, { ...refusal, nowMs: 2000 * (index + 1) }),
      once,
    );
    const answer = (pace: ServerPace, nowMs: number): ServerPace =>
      Array.from({ length: pace.limit }).reduce<ServerPace>((seen) => nextPace(seen, { ...write, nowMs }), pace);

    assert.deepEqual([once.limit, together.limit, twice.limit, afterMany.limit], [8, 8, 4, 2]);
    assert.equal(answer(twice, 5999).limit, 4);
    assert.equal(answer(twice, 6000).limit, 5);
  });

  it("never leaves its bounds, whatever servers answer", () => {
    const sample = fc.record({
      nowMs: fc.nat({ max: 5000 }),
      durationMs: fc.nat({ max: 60_000 }),
      isRefusal: fc.boolean(),
      isFull: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 500 }), (samples) => {
        let [pace, nowMs] = [FIRST_PACE, 0];
        for (const one of samples) {
          nowMs += one.nowMs;
          pace = nextPace(pace, { ...one, nowMs });
          assert.ok(Number.isInteger(pace.limit) && pace.limit >= 2 && pace.limit <= 64);
        }
      }),
    );
  });
});

describe("Pace", () => {
  it("follows the slowest of its API servers, and none of a tenant", () => {
    const slots = new Slots(16);
    const pace = new Pace(new FakeClock(), slots);
    const refuse = (host: string): void => pace.observe({ host, method: "GET", code: "429", durationMs: 1 });

    refuse("mcp");
    const afterTenant = slots.count;
    refuse("platform");

    assert.deepEqual([afterTenant, slots.count], [16, 8]);
  });

  it("measures writes that were answered, since a read takes as long as there is to read", () => {
    const slots = new Slots(16);
    const pace = new Pace(new FakeClock(), slots);
    const observe = (method: "GET" | "PATCH", code: string, durationMs: number): void => {
      for (let number = 0; number < 100; number += 1) {
        pace.observe({ host: "platform", method, code, durationMs });
      }
    };

    observe("PATCH", "200", 10);
    observe("GET", "200", 60_000);
    observe("PATCH", "<error>", 60_000);
    const before = slots.count;
    observe("PATCH", "200", 60_000);

    assert.equal(before, 16);
    assert.ok(slots.count < before);
  });
});
