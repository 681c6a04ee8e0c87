import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { chooseVictims, TROUBLES } from "./trouble.ts";

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index);
}

describe("chooseVictims", () => {
  it("chooses one tenant for each trouble, spread over all of them", () => {
    const chosen = chooseVictims(numbers(12));

    assert.deepEqual(
      chosen.map(([tenant]) => tenant),
      [0, 2, 4, 6, 8, 10],
    );
    assert.deepEqual(
      chosen.map(([, trouble]) => trouble),
      TROUBLES,
    );
  });

  it("chooses more where there are many, no tenant twice", () => {
    const chosen = chooseVictims(numbers(200));

    assert.equal(new Set(chosen.map(([tenant]) => tenant)).size, 4 * TROUBLES.length);
    for (const trouble of TROUBLES) {
      assert.equal(chosen.filter(([, name]) => name === trouble).length, 4);
    }
  });

  it("refuses to leave a trouble out", () => {
    assert.throws(() => chooseVictims(numbers(5)), /expected at least 6 tenants, one for each trouble, found 5/u);
  });
});
