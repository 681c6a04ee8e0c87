import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { nodesOf, type TreeNode } from "./tree.ts";

function node(name: string, ...children: readonly TreeNode[]): TreeNode {
  return { cluster: "platform", kind: "Test", name, state: "ready", message: "", events: [], children };
}

describe("nodesOf", () => {
  it("yields each object before those that it leads to", () => {
    const tree = node("a", node("b", node("c")), node("d"));

    assert.equal(Array.from(nodesOf(tree), ({ name }) => name).join(""), "abcd");
  });
});
