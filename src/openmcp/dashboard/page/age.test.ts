import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { ageOf } from "./age.ts";

const NOW = Date.parse("2026-01-10T00:00:00Z");

describe("ageOf", () => {
  it("says the largest unit, and the next one while that is below ten", () => {
    const table: readonly (readonly [seconds: number, age: string])[] = [
      [0, "0s"],
      [38, "38s"],
      [60, "1m"],
      [95, "1m35s"],
      [600, "10m"],
      [8100, "2h15m"],
      [36_000, "10h"],
      [90_000, "1d1h"],
      [864_000, "10d"],
      [40_000_000, "462d"],
    ];
    for (const [seconds, age] of table) {
      assert.equal(ageOf(new Date(NOW - 1000 * seconds).toISOString(), NOW), age);
    }
  });

  it("takes a time ahead of this clock for now", () => {
    assert.equal(ageOf("2026-01-10T00:00:09Z", NOW), "0s");
  });

  it("says nothing of no time", () => {
    assert.equal(ageOf(undefined, NOW), "");
    assert.equal(ageOf("soon", NOW), "");
  });
});
