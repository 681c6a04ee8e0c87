import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ObjectMeta } from "../../kube/object.ts";
import { isManaged } from "./ownership.ts";

const marks = { labels: { "openmcp.cloud/managed-by": "us" }, fieldManager: "provider" };

describe("whether an object is managed by the provider", () => {
  it("is said by its labels, whoever wrote them", () => {
    assert.ok(isManaged(secretWith({ labels: { "openmcp.cloud/managed-by": "us", other: "label" } }), marks));
  });

  it("is said by the fields it applied, when somebody has changed the labels", () => {
    const managedFields = [{ manager: "provider", operation: "Apply" }] as const;

    assert.ok(isManaged(secretWith({ labels: { "openmcp.cloud/managed-by": "them" }, managedFields }), marks));
  });

  it("is said by content that was written under the provider's name, as its predecessor did", () => {
    const managedFields = [{ manager: "provider", operation: "Update", fieldsV1: { "f:data": {} } }] as const;

    assert.ok(isManaged(secretWith({ managedFields }), marks));
  });

  it("is denied for everything else", () => {
    const byOthers = [
      { manager: "kubectl", operation: "Apply" },
      { manager: "provider", operation: "Update", fieldsV1: { "f:metadata": {} } },
    ] as const;

    assert.ok(!isManaged(secretWith({}), marks));
    assert.ok(!isManaged(secretWith({ labels: { "openmcp.cloud/managed-by": "them" } }), marks));
    assert.ok(!isManaged(secretWith({ managedFields: byOthers }), marks));
  });
});

function secretWith(metadata: Omit<ObjectMeta, "name">): {
  apiVersion: string;
  kind: string;
  metadata: ObjectMeta;
} {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "secret", ...metadata } };
}
