import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, it } from "node:test";
import { phaseOf } from "./status.ts";

const conditions = fc.array(fc.record({ status: fc.constantFrom("True", "False", "Unknown") }));

describe("phaseOf", () => {
  it("is Ready exactly when nothing is being deleted and all conditions are True", () => {
    fc.assert(
      fc.property(fc.boolean(), conditions, (deleting, given) => {
        const allTrue = given.length > 0 && !given.some(({ status }) => status !== "True");

        assert.equal(phaseOf({ deleting, conditions: given }) === "Ready", !deleting && allTrue);
      }),
    );
  });

  it("is Terminating whatever the conditions say while the object is being deleted", () => {
    fc.assert(fc.property(conditions, (given) => phaseOf({ deleting: true, conditions: given }) === "Terminating"));
  });
});
