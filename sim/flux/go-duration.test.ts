import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import { formatGoDuration, parseGoDuration } from "./go-duration.ts";

describe("Go durations", () => {
  it("are written as Go writes them", () => {
    assert.deepEqual([300_000, 6000, 710, 3_661_500].map(formatGoDuration), ["5m0s", "6s", "710ms", "1h1m1.5s"]);
  });

  it("are read as they were written", () => {
    fc.assert(
      fc.property(fc.nat(1_000_000_000), (ms) => {
        assert.equal(parseGoDuration(formatGoDuration(ms), -1), ms);
      }),
    );
  });

  it("fall back on what is no duration", () => {
    assert.deepEqual(
      ["", "1", "5 m", "-1s", undefined].map((text) => parseGoDuration(text, 7)),
      [7, 7, 7, 7, 7],
    );
  });
});
