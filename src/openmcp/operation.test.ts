import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeClient } from "../kube/client.ts";
import { ForbiddenError, InvalidError, NotFoundError } from "../kube/errors.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { consumeReconcile, requestedOperation } from "./operation.ts";

const things: Resource = { group: "example.org", version: "v1", kind: "Thing", plural: "things", namespaced: true };
const { signal } = new AbortController();

function thing(annotations?: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: "example.org/v1",
    kind: "Thing",
    metadata: { name: "thing", namespace: "space", ...(annotations !== undefined && { annotations }) },
  };
}

function failingWith(error: Error): Pick<KubeClient, "jsonPatch"> {
  return { jsonPatch: () => Promise.reject(error) };
}

describe("requestedOperation", () => {
  it("knows ignore and reconcile, and takes anything else for nothing", () => {
    assert.equal(requestedOperation(thing({ "openmcp.cloud/operation": "ignore" })), "ignore");
    assert.equal(requestedOperation(thing({ "openmcp.cloud/operation": "reconcile" })), "reconcile");
    assert.equal(requestedOperation(thing({ "openmcp.cloud/operation": "Ignore" })), "none");
    assert.equal(requestedOperation(thing({})), "none");
    assert.equal(requestedOperation(thing()), "none");
  });
});

describe("consumeReconcile", () => {
  it("removes the annotation only while it still says reconcile", async () => {
    const patches: unknown[] = [];
    const client = {
      jsonPatch: (_resource: Resource, ref: object, operations: unknown) => {
        patches.push(ref, operations);
        return Promise.resolve(thing({}));
      },
    } as unknown as Pick<KubeClient, "jsonPatch">;
    const object = thing({ "openmcp.cloud/operation": "reconcile" });

    const result = await consumeReconcile(client, things, object, signal);

    assert.deepEqual(result, thing({}));
    assert.deepEqual(patches, [
      object.metadata,
      [
        { op: "test", path: "/metadata/annotations/openmcp.cloud~1operation", value: "reconcile" },
        { op: "remove", path: "/metadata/annotations/openmcp.cloud~1operation" },
      ],
    ]);
  });

  it("leaves it to the next event when annotation or object have changed meanwhile", async () => {
    for (const error of [new InvalidError("test failed"), new NotFoundError("gone")]) {
      assert.equal(await consumeReconcile(failingWith(error), things, thing(), signal), undefined);
    }
  });

  it("passes on every other failure", async () => {
    await assert.rejects(
      consumeReconcile(failingWith(new ForbiddenError("no")), things, thing(), signal),
      ForbiddenError,
    );
  });
});
