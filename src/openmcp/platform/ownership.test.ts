import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ObjectMeta, KubeObject, ManagedFieldsEntry } from "../../kube/object.ts";
import { isManaged, asApplied, isOnlyOurs, isPredecessors } from "./ownership.ts";

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

const TIME = "2026-01-01T00:00:00Z";
const updated: ManagedFieldsEntry = {
  manager: "provider",
  operation: "Update",
  apiVersion: "v1",
  time: TIME,
  fieldsType: "FieldsV1",
  fieldsV1: { "f:data": { "f:a": {} }, "f:type": {} },
};
const others: ManagedFieldsEntry = { ...updated, manager: "kubectl", fieldsV1: { "f:data": { "f:b": {} } } };
const finalizer: ManagedFieldsEntry = { ...updated, fieldsV1: { "f:metadata": { "f:finalizers": {} } } };
const applied: ManagedFieldsEntry = { ...updated, operation: "Apply", fieldsV1: { "f:data": { "f:c": {} } } };
const status: ManagedFieldsEntry = { ...updated, subresource: "status", fieldsV1: { "f:status": {} } };

describe("an object of the predecessor", () => {
  it("is known by content written with updates under the provider's name", () => {
    assert.ok(isPredecessors(secretWrittenIn(updated, others), "provider"));
    for (const entry of [others, finalizer, applied, status]) {
      assert.ok(!isPredecessors(secretWrittenIn(entry), "provider"), JSON.stringify(entry));
    }
    assert.ok(!isPredecessors(secretWrittenIn(), "provider"));
  });

  it("is only ours when nobody but the predecessor and the provider has written it", () => {
    for (const entries of [[updated], [applied], [updated, applied]]) {
      assert.ok(isOnlyOurs(secretWrittenIn(...entries), "provider"), JSON.stringify(entries));
    }
    for (const entry of [others, status]) {
      assert.ok(!isOnlyOurs(secretWrittenIn(updated, entry), "provider"), JSON.stringify(entry));
    }
    assert.ok(!isOnlyOurs(secretWrittenIn(finalizer), "provider"));
    assert.ok(!isOnlyOurs(secretWrittenIn(), "provider"));
  });

  it("becomes one that is applied by the provider, with every field that was written under its name", () => {
    const fields = asApplied(secretWrittenIn(updated, others, applied, status), "provider");

    assert.deepEqual(fields, [
      others,
      status,
      { ...updated, operation: "Apply", fieldsV1: { "f:data": { "f:a": {}, "f:c": {} }, "f:type": {} } },
    ]);
    assert.ok(!isPredecessors(secretWrittenIn(...fields), "provider"));
  });
});

function secretWrittenIn(...managedFields: readonly ManagedFieldsEntry[]): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "secret", managedFields } };
}
