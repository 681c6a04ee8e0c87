import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { distributionOf } from "./distribution.ts";

describe("distributionOf", () => {
  it("finds percentiles by nearest rank, whatever the order", () => {
    const samples = Array.from({ length: 100 }, (_, index) => 100 - index);

    assert.deepEqual(distributionOf(samples), { p50: 50, p95: 95, max: 100 });
  });

  it("is the sample itself when there is only one", () => {
    assert.deepEqual(distributionOf([7]), { p50: 7, p95: 7, max: 7 });
  });

  it("refuses to describe nothing", () => {
    assert.throws(() => distributionOf([]), /expected at least one sample/);
  });
});
