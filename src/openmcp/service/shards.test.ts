import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseLabelSelector } from "../../kube/label-selector.ts";
import { chooseShard, labelsForSelector, leaseName, SHARD_LABEL, shardKeyOf } from "./shards.ts";

const objects = Array.from({ length: 3000 }, (_, index) => ({
  namespace: `project-${index % 7}`,
  name: `mcp-${index}`,
}));

const named = (labels?: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "Any",
  metadata: { name: "mcp-01", namespace: "x", ...(labels && { labels }) },
});

const leaseOf = (text: string): string => leaseName("ocm", parseLabelSelector(text));

describe("chooseShard", () => {
  it("chooses the same in every process and every version", () => {
    const shards = ["a", "b", "c"];
    const chosen = ["mcp-01", "mcp-02", "mcp-03", "mcp-04", "mcp-05", "mcp-06"].map((name) =>
      chooseShard(shards, { namespace: "project-x--ws-y", name }),
    );
    assert.deepEqual(chosen, ["b", "b", "c", "c", "c", "b"]);
  });

  it("does not look at the order of the shards", () => {
    assert.deepEqual(
      objects.map((object) => chooseShard(["a", "b", "c"], object)),
      objects.map((object) => chooseShard(["c", "a", "b"], object)),
    );
  });

  it("chooses none among none", () => {
    assert.equal(chooseShard([], { namespace: "x", name: "y" }), undefined);
  });

  it("gives each shard about as many objects", () => {
    const counts = Map.groupBy(objects, (object) => chooseShard(["a", "b", "c", "d"], object));
    for (const { length } of counts.values()) {
      assert.ok(Math.abs(length - objects.length / 4) < objects.length / 40, `${length} of ${objects.length}`);
    }
  });

  it("moves objects to a new shard only, and only its part", () => {
    const moved = objects.filter(
      (object) => chooseShard(["a", "b", "c"], object) !== chooseShard(["a", "b", "c", "d"], object),
    );
    assert.ok(moved.every((object) => chooseShard(["a", "b", "c", "d"], object) === "d"));
    assert.ok(Math.abs(moved.length - objects.length / 4) < objects.length / 40, `${moved.length}`);
  });
});

describe("shardKeyOf", () => {
  const own = { [SHARD_LABEL]: "own" };
  const ofNamespace = { [SHARD_LABEL]: "namespace" };
  const cases: readonly [string, Parameters<typeof shardKeyOf>, string | undefined][] = [
    ["its own label", [named(own), { namespaceLabels: ofNamespace, shards: ["chosen"] }], "own"],
    ["that of its namespace", [named(), { namespaceLabels: ofNamespace, shards: ["chosen"] }], "namespace"],
    ["the chosen one", [named({ other: "x" }), { namespaceLabels: undefined, shards: ["chosen"] }], "chosen"],
    ["none", [named(), { namespaceLabels: {}, shards: [] }], undefined],
    [
      "the next one for an empty label",
      [named({ [SHARD_LABEL]: "" }), { namespaceLabels: ofNamespace, shards: [] }],
      "namespace",
    ],
  ];
  for (const [what, given, key] of cases) {
    it(`is ${what}`, () => {
      assert.equal(shardKeyOf(...given), key);
    });
  }

  it("is compared with selectors together with the other labels", () => {
    const object = named({ ...own, team: "x" });
    assert.deepEqual(labelsForSelector(object, "b"), { team: "x", [SHARD_LABEL]: "b" });
    assert.deepEqual(labelsForSelector(object, undefined), { team: "x" });
  });
});

describe("leaseName", () => {
  it("is one for each selector, however it is written", () => {
    assert.equal(leaseName("ocm"), "sp-ocm");
    assert.equal(leaseOf("a=b,c"), leaseOf("c, a in (b)"));
    assert.notEqual(leaseOf("a=b"), leaseOf("a=c"));
    assert.match(leaseOf("a=b"), /^sp-ocm-[a-z2-7]{8}$/u);
  });
});
