import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DurationError, formatDuration, parseDurationMs } from "./duration.ts";

describe("parseDurationMs", () => {
  const accepted: readonly (readonly [string, number])[] = [
    ["1m", 60_000],
    ["1h2m3.5s", 3_723_500],
    ["1.5h", 5_400_000],
    ["250ms", 250],
    ["10us", 0.01],
    ["10µs", 0.01],
    ["1000000ns", 1],
    [".5s", 500],
    ["0", 0],
    ["0s", 0],
  ];
  for (const [text, expectedMs] of accepted) {
    it(`reads ${text}`, () => {
      assert.ok(Math.abs(parseDurationMs(text) - expectedMs) < 1e-9);
    });
  }

  for (const text of ["", "5", "m", "5 m", "-5m", "5m ", "1h2", "soon", "1d", "1e3s", "Infinitys"]) {
    it(`refuses "${text}"`, () => {
      assert.throws(() => parseDurationMs(text), DurationError);
    });
  }

  it("reads back what formatDuration wrote, for every whole second", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000_000 }), (seconds) => {
        assert.equal(parseDurationMs(formatDuration(seconds * 1_000)), seconds * 1_000);
      }),
    );
  });
});

describe("formatDuration", () => {
  it("writes what Go and Flux read", () => {
    assert.deepEqual([500, 1_000, 60_000, 300_000, 5_400_000].map(formatDuration), [
      "500ms",
      "1s",
      "1m0s",
      "5m0s",
      "1h30m0s",
    ]);
  });
});
