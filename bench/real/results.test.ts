import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { comparedTableOf, flatness, type RunResult, tableOf } from "./results.ts";

describe("tableOf", () => {
  it("shows each figure beside its goal and the last result of as many tenants", () => {
    const now = run(100, [
      { name: "CPU", unit: "ms", measured: 6.1234, goal: 5, bare: 2 },
      { name: "requests", unit: "", measured: 8, goal: 8, go: 38.6 },
      { name: "memory", unit: "MiB", measured: 1234.5 },
    ]);
    const earlier = [
      run(100, [{ name: "CPU", unit: "ms", measured: 7 }]),
      run(100, [{ name: "CPU", unit: "ms", measured: 9 }]),
      run(1000, [{ name: "CPU", unit: "ms", measured: 1 }]),
    ];

    assert.deepEqual(tableOf(now, earlier), [
      "| 100 tenants | measured | goal          | bare client | Go, 100 tenants | last result |",
      "| ----------- | -------- | ------------- | ----------- | --------------- | ----------- |",
      "| CPU, ms     | 6.12     | **missed:** 5 | 2           |                 | 9           |",
      "| requests    | 8        | ≤ 8           |             | 38.6            |             |",
      "| memory, MiB | 1235     |               |             |                 |             |",
    ]);
  });
});

describe("comparedTableOf", () => {
  it("shows each figure beside what it was in calm times", () => {
    const disturbed = run(100, [
      { name: "deletion, p99", unit: "s", measured: 3, calm: 1.5, goal: 2.25 },
      { name: "files", unit: "", measured: 90, calm: 90 },
    ]);

    assert.deepEqual(comparedTableOf(disturbed, "10 % of them mute"), [
      "| 100 tenants, 10 % of them mute | measured | goal             | in calm times | times |",
      "| ------------------------------ | -------- | ---------------- | ------------- | ----- |",
      "| deletion, p99, s               | 3        | **missed:** 2.25 | 1.5           | 2     |",
      "| files                          | 90       |                  | 90            | 1     |",
    ]);
  });
});

describe("flatness", () => {
  it("compares the cost of a tenant among many with that among few", () => {
    const few = run(100, [{ name: "CPU per tenant, ordered", unit: "ms", measured: 4 }]);
    const many = run(1000, [{ name: "CPU per tenant, ordered", unit: "ms", measured: 5 }]);

    assert.deepEqual(flatness([few, many]), [
      "CPU per tenant, ordered: 1.25 times as much at 1000 tenants as at 100, goal: ≤ 1.3",
    ]);
  });

  it("says nothing of one number of tenants", () => {
    assert.deepEqual(flatness([run(100, [{ name: "CPU per tenant, ordered", unit: "ms", measured: 4 }])]), []);
  });
});

function run(tenants: number, rows: RunResult["rows"]): RunResult {
  return { tenants, rows, requests: {}, refused: {} };
}
