import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { progressLine } from "./progress.ts";

describe("progressLine", () => {
  it("tells of each suite how far it is, and since when it runs", () => {
    const running = [
      { name: "chaos", startedAtMs: 1000, files: 6, done: 0 },
      { name: "e2e:real", startedAtMs: 19_600, files: 2, done: 1 },
    ];

    assert.equal(progressLine(running, 31_000), "-- chaos 0 of 6 files in 30 s, e2e:real 1 of 2 files in 11 s");
  });
});
