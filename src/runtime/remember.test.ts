import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { remember } from "./remember.ts";

describe("remember", () => {
  const limit = 2;

  it("makes each value once, also one that is falsy", () => {
    const entries = new Map<string, number>();
    let made = 0;
    const make = (): number => {
      made += 1;
      return 0;
    };

    assert.deepEqual(
      [1, 2].map(() => remember(entries, "a", { limit, make })),
      [0, 0],
    );
    assert.equal(made, 1);
  });

  it("keeps the latest up to the limit", () => {
    const entries = new Map<string, string>();
    for (const key of ["a", "b", "c"]) {
      remember(entries, key, { limit, make: () => key });
    }

    assert.deepEqual([...entries.keys()], ["b", "c"]);
  });
});
