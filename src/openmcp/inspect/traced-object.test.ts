import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeObject, ManagedFieldsEntry, ObjectMeta } from "../../kube/object.ts";
import { movedProgram } from "../command/testing/program.ts";
import { holdDetails } from "./holders.ts";
import { traceObject } from "./traced-object.ts";

const rules = {
  ...movedProgram,
  inspection: { platform: [], target: [], finalizers: { "finalizers.example.com": "Example removes it" } },
};

function object(metadata: Partial<ObjectMeta> = {}): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "a", namespace: "ns", ...metadata } };
}

function written(manager: string, operation: ManagedFieldsEntry["operation"]): ManagedFieldsEntry {
  return { manager, ...(operation !== undefined && { operation }), fieldsV1: { "f:data": {} } };
}

describe("traceObject", () => {
  it("says of each finalizer who removes it", () => {
    const finalizers = [
      "test.example/finalizer",
      "old.example/finalizer",
      "clusters.openmcp.cloud/clusteraccess",
      "finalizers.example.com",
      "foregroundDeletion",
      "unknown/one",
    ];

    const removals = traceObject(object({ finalizers }), "platform", rules).finalizers;

    assert.deepEqual(
      removals.map(({ removal }) => removal),
      [
        "service-provider-test removes it once nothing of the installation is left",
        "service-provider-test removes it once nothing of the installation is left",
        "the provider that has made the request removes it once it needs the access no more",
        "Example removes it",
        "Kubernetes removes it once the objects are gone that this one owns",
        "whoever has set it must remove it; not this provider",
      ],
    );
  });

  for (const [what, metadata, madeBy] of [
    ["its fields are applied", { managedFields: [written(rules.name, "Apply")] }, rules.name],
    [
      "the predecessor has written it",
      { managedFields: [written(rules.name, "Update")] },
      "the predecessor of service-provider-test, and not taken over yet",
    ],
    [
      "its label says so",
      { labels: { "openmcp.cloud/managed-by": "old.example" } },
      "service-provider-test, by its label",
    ],
    [
      "another provider's label is on it",
      { labels: { "openmcp.cloud/managed-by": "else.example" } },
      "else.example, by its label",
    ],
    [
      "others alone have written it",
      { managedFields: [written("kubectl", "Apply")] },
      "somebody else; first writer known: kubectl",
    ],
    ["nothing is known of it", {}, "unknown"],
  ] as const) {
    it(`says who has made an object: ${what}`, () => {
      assert.equal(traceObject(object(metadata), "platform", rules).madeBy, madeBy);
    });
  }

  it("names all writers once, the owners and the requested operation", () => {
    const { writers, owners, operation } = traceObject(
      object({
        managedFields: [written("a", "Apply"), written("b", "Update"), written("a", "Update")],
        ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "owner", uid: "u" }],
        annotations: { "openmcp.cloud/operation": "ignore" },
      }),
      "mcp",
      rules,
    );

    assert.deepEqual(
      { writers, owners, operation },
      { writers: ["a", "b"], owners: ["Pod owner"], operation: "ignore" },
    );
  });
});

describe("holdDetails", () => {
  it("says nothing of an object that nobody holds", () => {
    assert.deepEqual(holdDetails(object({ finalizers: ["test.example/finalizer"] }), rules), {});
  });

  it("says of an object that is being deleted who holds it", () => {
    const deletionTimestamp = "2026-01-01T00:00:00Z";

    assert.deepEqual(
      ["held", "free"].map((what) => {
        const finalizers = what === "held" ? ["finalizers.example.com"] : [];
        return holdDetails(object({ deletionTimestamp, finalizers }), rules);
      }),
      ["finalizers.example.com (Example removes it)", "nothing"].map((held) => {
        return { "being deleted since": deletionTimestamp, "held by": held };
      }),
    );
  });
});
