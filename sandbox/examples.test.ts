import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { readExamples, withSpec } from "./examples.ts";

describe("readExamples", () => {
  it("finds both objects in the README", () => {
    const { ocm, providerConfig } = readExamples(readFileSync("README.md", "utf8"));

    assert.equal(ocm.kind, "OCM");
    assert.equal(ocm.metadata.name, "mcp-01");
    assert.equal(providerConfig.kind, "ProviderConfig");
    assert.equal(providerConfig.metadata.name, "ocm");
  });

  it("says which example is missing", () => {
    assert.throws(() => readExamples("# nothing\n"), /one example of kind OCM in the README, found 0/);
  });
});

describe("withSpec", () => {
  it("replaces the named fields and keeps the others", () => {
    const object = { apiVersion: "v1", kind: "A", metadata: { name: "a" }, spec: { kept: 1, replaced: 2 } };

    assert.deepEqual(withSpec(object, { replaced: 3 }), { ...object, spec: { kept: 1, replaced: 3 } });
  });
});
