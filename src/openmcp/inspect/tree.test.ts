import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { nodesOf, pathTo, type TreeNode } from "./tree.ts";

function node(name: string, ...children: readonly TreeNode[]): TreeNode {
  return { cluster: "platform", kind: "Test", name, state: "ready", message: "", events: [], children };
}

describe("nodesOf", () => {
  it("yields each object before those that it leads to", () => {
    const tree = node("a", node("b", node("c")), node("d"));

    assert.equal(Array.from(nodesOf(tree), ({ name }) => name).join(""), "abcd");
  });
});

describe("pathTo", () => {
  const tree = node("a", node("b", node("c"), node("d")), node("e"));

  it("has the objects from the order to the one that is meant, and nothing beside them", () => {
    const path = pathTo(node("d"), tree);

    assert.equal(path.map(({ name }) => name).join(""), "abd");
    assert.ok(path.every(({ children }) => children.length === 0));
  });

  it("is empty for an object that is not in the tree", () => {
    for (const stranger of [node("f"), { ...node("d"), cluster: "mcp" as const }, { ...node("d"), namespace: "ns" }]) {
      assert.deepEqual(pathTo(stranger, tree), []);
    }
  });
});
