import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { restartDelayMs } from "./restart-delay.ts";

describe("restartDelayMs", () => {
  it("grows as that of a kubelet does: none at first, then 10 s, doubled up to 5 minutes", () => {
    const delays = [0, 1, 2, 3, 5, 6, 50].map((restarts) => restartDelayMs(restarts) / 1000);

    assert.deepEqual(delays, [0, 10, 20, 40, 160, 300, 300]);
  });
});
