import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ObjectRef } from "../kube/object.ts";
import type { ObjectsOfKind } from "../openmcp/service/control-plane-watches.ts";
import { describeBlocking } from "./user-objects.ts";

function objects(kind: string, count: number, ...named: readonly ObjectRef[]): ObjectsOfKind {
  const resource = { group: "delivery.ocm.software", version: "v1", kind, plural: "any", namespaced: true };
  return { resource, count, named, resourceVersion: "1" };
}

const table: readonly (readonly [what: string, found: readonly ObjectsOfKind[], message: string | undefined])[] = [
  ["nothing where no kind is served", [], undefined],
  ["nothing where no kind has objects", [objects("Repository", 0)], undefined],
  [
    "one object by its name",
    [objects("Component", 0), objects("Repository", 1, { namespace: "default", name: "x" })],
    "deletion blocked: waiting for 1 object to be removed from the control plane: Repository default/x",
  ],
  [
    "up to three objects by their names, cluster-scoped ones without a namespace",
    [
      objects("Repository", 1, { namespace: "default", name: "x" }),
      objects("Deployer", 2, { name: "foo" }, { name: "bar" }),
    ],
    "deletion blocked: waiting for 3 objects to be removed from the control plane: Deployer bar, Deployer foo, Repository default/x",
  ],
  [
    "how many more there are",
    [
      objects("Repository", 1000, ...["c", "a", "b"].map((name) => ({ namespace: "team-a", name }))),
      objects("NamespacedDeployer", 1, { namespace: "team-a", name: "podinfo" }),
    ],
    "deletion blocked: waiting for 1001 objects to be removed from the control plane: NamespacedDeployer team-a/podinfo, Repository team-a/a, Repository team-a/b and 998 more",
  ],
];

describe("describeBlocking", () => {
  for (const [what, found, message] of table) {
    it(`names ${what}, in whatever order the kinds come`, () => {
      assert.equal(describeBlocking(found, "mcp"), message);
      assert.equal(describeBlocking(found.toReversed(), "mcp"), message);
    });
  }

  it("names nothing that lies on a workload cluster, which others may use", () => {
    const found = [objects("Repository", 2, { namespace: "of-somebody", name: "x" }), objects("Relic", 0)];

    assert.equal(
      describeBlocking(found, "workload"),
      "deletion blocked: waiting for 2 objects of delivery.ocm.software to be removed from the workload cluster, which only the operator of the platform can do",
    );
    assert.equal(describeBlocking([objects("Relic", 0)], "workload"), undefined);
  });
});
