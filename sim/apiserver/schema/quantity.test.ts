import assert from "node:assert/strict";
import { it } from "node:test";
import { Quantity } from "./quantity.ts";

const sizes: readonly (readonly [text: string, nanos: bigint | undefined])[] = [
  ["1", 1_000_000_000n],
  ["100m", 100_000_000n],
  ["1.5", 1_500_000_000n],
  ["1Ki", 1_024_000_000_000n],
  ["2e3", 2_000_000_000_000n],
  ["-1k", -1_000_000_000_000n],
  ["", undefined],
  ["1X", undefined],
];

for (const [text, nanos] of sizes) {
  it(`reads "${text}" as ${nanos === undefined ? "no quantity" : `${nanos} billionths`}`, () => {
    assert.equal(Quantity.parse(text)?.nanos, nanos);
  });
}
