import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { likeExample } from "./tenants.ts";

describe("likeExample", () => {
  it("counts on from the number in the name", () => {
    assert.deepEqual(names("mcp-01", 3), ["mcp-01", "mcp-02", "mcp-03"]);
    assert.deepEqual(names("mcp-9", 2), ["mcp-9", "mcp-10"]);
  });

  it("begins to count where there is no number", () => {
    assert.deepEqual(names("mine", 3), ["mine", "mine-2", "mine-3"]);
  });
});

function names(name: string, count: number): readonly string[] {
  const ocm = { apiVersion: "v1", kind: "OCM", metadata: { name, namespace: "ws" } };
  return likeExample(ocm, count).map(({ metadata }) => metadata.name);
}
