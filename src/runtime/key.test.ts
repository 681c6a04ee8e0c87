import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { keyOf, refOf } from "./key.ts";

describe("keys", () => {
  it("name a namespaced object by namespace and name", () => {
    assert.equal(keyOf({ namespace: "ns", name: "a" }), "ns/a");
  });

  it("name a cluster-scoped object by its name", () => {
    assert.equal(keyOf({ metadata: { name: "a" } }), "a");
  });

  it("lead back to what they name", () => {
    assert.deepEqual(refOf("ns/a"), { namespace: "ns", name: "a" });
    assert.deepEqual(refOf("a"), { name: "a" });
  });
});
