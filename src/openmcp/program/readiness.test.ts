import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Readiness } from "./run.ts";

describe("Readiness", () => {
  it("is met once the caches are filled", () => {
    const readiness = new Readiness();
    assert.equal(readiness.isMet(), false);

    readiness.synced();

    assert.equal(readiness.isMet(), true);
  });

  it("is met on standby, and after that only with filled caches", () => {
    const readiness = new Readiness();

    readiness.standBy();
    assert.equal(readiness.isMet(), true);

    readiness.leads();
    assert.equal(readiness.isMet(), false);
    readiness.synced();
    assert.equal(readiness.isMet(), true);
  });
});
