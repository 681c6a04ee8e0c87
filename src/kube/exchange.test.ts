import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ConflictError, ServerError, TooManyRequestsError, UnreachableError } from "./errors.ts";
import { type Repetition, retryDelayMs } from "./exchange.ts";

const repetition: fc.Arbitrary<Repetition> = fc.constantFrom("read", "repeatable", "once");
const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}

describe("retryDelayMs", () => {
  it("never comes back earlier than the server asks, nor later than half a minute and some jitter", () => {
    const askedMs = fc.nat({ max: 100_000 });
    fc.assert(
      fc.property(askedMs, random, repetition, fc.nat({ max: 5 }), (retryAfterMs, value, kind, number) => {
        const error = new TooManyRequestsError("slow down", { retryAfterMs });

        const delayMs = retryDelayMs(error, { number: number + 1, repetition: kind, random: () => value });

        assert.ok(delayMs === undefined || (delayMs >= retryAfterMs && delayMs < 31_000));
      }),
    );
  });

  it("never repeats what the server has decided", () => {
    fc.assert(
      fc.property(repetition, (kind) => {
        const attempt = { number: 1, repetition: kind, random: () => 0 };

        assert.equal(retryDelayMs(new ConflictError("changed"), attempt), undefined);
        assert.equal(retryDelayMs(new Error("a bug"), attempt), undefined);
      }),
    );
  });

  it("repeats a write that was never sent, on whichever address it failed", () => {
    const attempt = { number: 1, repetition: "once", random: () => 0 } as const;
    const never = new AggregateError([coded("ECONNREFUSED"), coded("ENETUNREACH")]);
    const unanswered = coded("CONNECT_TIMEOUT");
    const perhaps = new AggregateError([coded("ECONNREFUSED"), coded("ECONNRESET")]);

    assert.equal(retryDelayMs(new UnreachableError("x", { cause: never }), attempt), 200);
    assert.equal(retryDelayMs(new UnreachableError("x", { cause: unanswered }), attempt), 200);
    assert.equal(retryDelayMs(new UnreachableError("x", { cause: perhaps }), attempt), undefined);
    assert.equal(retryDelayMs(new UnreachableError("x"), attempt), undefined);
  });

  it("waits longer before the third attempt", () => {
    const error = new ServerError("broken");

    const delays = [1, 2, 3].map((number) => retryDelayMs(error, { number, repetition: "read", random: () => 0.5 }));

    assert.deepEqual(delays, [300, 600, undefined]);
  });
});
