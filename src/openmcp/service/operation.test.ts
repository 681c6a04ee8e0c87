import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeClient } from "../../kube/client.ts";
import { ForbiddenError, InvalidError, NotFoundError } from "../../kube/errors.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { consumeReconcile, type Consumption, requestedOperation } from "./operation.ts";

const things: Resource = { group: "example.org", version: "v1", kind: "Thing", plural: "things", namespaced: true };
const { signal } = new AbortController();

function listen(): { readonly asked: unknown[]; readonly consumption: Consumption } {
  const asked: unknown[] = [];
  return { asked, consumption: { signal, onAsked: () => void asked.push("asked") } };
}

function thing(annotations?: Readonly<Record<string, string>>): KubeObject {
  return {
    apiVersion: "example.org/v1",
    kind: "Thing",
    metadata: { name: "thing", namespace: "space", ...(annotations !== undefined && { annotations }) },
  };
}

type Client = Pick<KubeClient, "jsonPatch" | "get">;

function failingWith(error: Error, found: KubeObject | Error = error): Client {
  return {
    jsonPatch: () => Promise.reject(error),
    get: () => (found instanceof Error ? Promise.reject(found) : Promise.resolve(found)),
  } as Client;
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
    } as unknown as Client;
    const object = thing({ "openmcp.cloud/operation": "reconcile" });

    const { asked, consumption } = listen();

    const result = await consumeReconcile(client, things, object, consumption);

    assert.deepEqual(result, thing({}));
    assert.equal(asked.length, 1);
    assert.deepEqual(patches, [
      object.metadata,
      [
        { op: "test", path: "/metadata/annotations/openmcp.cloud~1operation", value: "reconcile" },
        { op: "remove", path: "/metadata/annotations/openmcp.cloud~1operation" },
      ],
    ]);
  });

  it("returns what the server has when the patch does not apply, and takes what stays for no wish", async () => {
    for (const [value, reconcileRequests] of [
      ["reconcile", 0],
      ["ignore", 1],
      ["something else", 1],
    ] as const) {
      const found = thing({ "openmcp.cloud/operation": value });
      const { asked, consumption } = listen();

      assert.equal(
        await consumeReconcile(failingWith(new InvalidError("no"), found), things, thing(), consumption),
        found,
      );
      assert.equal(asked.length, reconcileRequests, value);
    }
  });

  it("returns nothing when the object is gone, whenever that is noticed", async () => {
    const gone = new NotFoundError("gone");
    for (const client of [failingWith(gone), failingWith(new InvalidError("no"), gone)]) {
      assert.equal(await consumeReconcile(client, things, thing(), listen().consumption), undefined);
    }
  });

  it("passes on every other failure, and keeps the wish whose answer may have got lost", async () => {
    const { asked, consumption } = listen();

    await assert.rejects(
      consumeReconcile(failingWith(new ForbiddenError("no")), things, thing(), consumption),
      ForbiddenError,
    );
    assert.equal(asked.length, 1);
  });
});
