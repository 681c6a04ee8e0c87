import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Failures } from "./failures.ts";

describe("Failures", () => {
  it("tells a failure that begins, changes, or begins again from one that is repeated", () => {
    const failures = new Failures();

    const told = [
      failures.isNew("a", new Error("refused")),
      failures.isNew("a", new Error("refused")),
      failures.isNew("b", new Error("refused")),
      failures.isNew("a", new TypeError("refused")),
      failures.end("a"),
      failures.end("a"),
      failures.isNew("a", new TypeError("refused")),
    ];

    assert.deepEqual(told, [true, false, true, true, true, false, true]);
  });
});
