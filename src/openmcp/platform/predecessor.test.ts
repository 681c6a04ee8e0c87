import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { KubeObject, ManagedFieldsEntry } from "../../kube/object.ts";
import { asApplied, isOnlyPredecessors, isPredecessors } from "./ownership.ts";

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
    assert.ok(isPredecessors(secretWith(updated, others), "provider"));
    for (const entry of [others, finalizer, applied, status]) {
      assert.ok(!isPredecessors(secretWith(entry), "provider"), JSON.stringify(entry));
    }
    assert.ok(!isPredecessors(secretWith(), "provider"));
  });

  it("is only the predecessor's when nobody else has written it", () => {
    assert.ok(isOnlyPredecessors(secretWith(updated), "provider"));
    for (const entry of [others, applied, status]) {
      assert.ok(!isOnlyPredecessors(secretWith(updated, entry), "provider"), JSON.stringify(entry));
    }
    assert.ok(!isOnlyPredecessors(secretWith(), "provider"));
  });

  it("becomes one that is applied by the provider, with every field that was written under its name", () => {
    const fields = asApplied(secretWith(updated, others, applied, status), "provider");

    assert.deepEqual(fields, [
      others,
      status,
      { ...updated, operation: "Apply", fieldsV1: { "f:data": { "f:a": {}, "f:c": {} }, "f:type": {} } },
    ]);
    assert.ok(!isPredecessors(secretWith(...fields), "provider"));
  });
});

function secretWith(...managedFields: readonly ManagedFieldsEntry[]): KubeObject {
  return { apiVersion: "v1", kind: "Secret", metadata: { name: "secret", managedFields } };
}
