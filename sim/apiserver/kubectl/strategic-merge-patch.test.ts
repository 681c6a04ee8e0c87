import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { strategicMergePatch } from "./strategic-merge-patch.ts";

function podWith(containers: readonly object[]): object {
  return { spec: { template: { spec: { containers } } } };
}

describe("a strategic merge patch", () => {
  it("merges containers by name and appends new ones", () => {
    const target = podWith([{ name: "a", image: "1", args: ["x"] }]);

    const result = strategicMergePatch(target, podWith([{ name: "a", image: "2" }, { name: "b" }]));

    assert.deepEqual(result, podWith([{ name: "a", image: "2", args: ["x"] }, { name: "b" }]));
  });

  it("deletes an item, and replaces a list, on request", () => {
    const target = podWith([{ name: "a" }, { name: "b" }]);

    assert.deepEqual(strategicMergePatch(target, podWith([{ name: "a", $patch: "delete" }])), podWith([{ name: "b" }]));
    assert.deepEqual(
      strategicMergePatch(target, podWith([{ name: "c" }, { $patch: "replace" }])),
      podWith([{ name: "c" }]),
    );
  });

  it("orders items as told", () => {
    const target = podWith([{ name: "a" }, { name: "b" }, { name: "c" }]);
    const patch = { spec: { template: { spec: { "$setElementOrder/containers": [{ name: "c" }, { name: "a" }] } } } };

    assert.deepEqual(strategicMergePatch(target, patch), podWith([{ name: "c" }, { name: "b" }, { name: "a" }]));
  });

  it("adds finalizers to those that are there and deletes single ones", () => {
    const target = { metadata: { finalizers: ["a", "b"] } };

    const result = strategicMergePatch<object>(target, {
      metadata: { finalizers: ["c"], "$deleteFromPrimitiveList/finalizers": ["a"] },
    });

    assert.deepEqual(result, { metadata: { finalizers: ["b", "c"] } });
  });

  it("replaces lists without a merge key and removes what is null", () => {
    const target = { rules: [{ verbs: ["get"] }], metadata: { labels: { a: "1", b: "2" } } };

    const result = strategicMergePatch<object>(target, { rules: [], metadata: { labels: { a: null } } });

    assert.deepEqual(result, { rules: [], metadata: { labels: { b: "2" } } });
  });

  it("keeps only the fields it is told to retain", () => {
    const target = { spec: { strategy: { type: "RollingUpdate", rollingUpdate: {} } } };

    const result = strategicMergePatch<object>(target, {
      spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } },
    });

    assert.deepEqual(result, { spec: { strategy: { type: "Recreate" } } });
  });
});
