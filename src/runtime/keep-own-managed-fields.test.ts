import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeObject, ManagedFieldsEntry } from "../kube/object.ts";
import { keepOwnManagedFields } from "./keep-own-managed-fields.ts";

function object(managedFields?: readonly ManagedFieldsEntry[]): KubeObject {
  return { apiVersion: "v1", kind: "Thing", metadata: { name: "a", ...(managedFields && { managedFields }) } };
}

describe("keepOwnManagedFields", () => {
  it("drops what other managers own, and leaves the object it got unchanged", () => {
    const mine: ManagedFieldsEntry = { manager: "me", operation: "Apply", fieldsV1: { "f:spec": {} } };
    const updated: ManagedFieldsEntry = { manager: "me", operation: "Update", fieldsV1: { "f:data": {} } };
    const status: ManagedFieldsEntry = { manager: "me", operation: "Update", subresource: "status" };
    const before = object([{ manager: "other", operation: "Apply" }, mine, updated, status]);
    const copy = structuredClone(before);

    const after = keepOwnManagedFields("me")(before);

    assert.deepEqual(after, object([mine, updated]));
    assert.deepEqual(before, copy);
  });

  it("keeps an object without managed fields as it is", () => {
    const before = object();

    assert.equal(keepOwnManagedFields("me")(before), before);
  });
});
