import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientError } from "../../client-error.ts";
import type { Obj, OwnerReference } from "../../object.ts";
import { startTestServer, type TestServer } from "../testing/test-server.ts";
import { listAt, textAt, valueAt } from "../../value-at.ts";

const MOMENT_MS = 1000;

function configMap(name: string, metadata: Partial<Obj["metadata"]> = {}): Obj {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "default", ...metadata } };
}

function owned(by: Obj, blockOwnerDeletion = false): { ownerReferences: readonly OwnerReference[] } {
  const { name, uid = "" } = by.metadata;
  return { ownerReferences: [{ apiVersion: by.apiVersion, kind: by.kind, name, uid, blockOwnerDeletion }] };
}

async function names({ client }: TestServer): Promise<readonly string[]> {
  const objects = await client.list({ apiVersion: "v1", kind: "ConfigMap", namespace: "default" });
  return objects.map(({ metadata }) => metadata.name);
}

const owner = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "owner" };

describe("garbage collection", () => {
  it("deletes whatever the deleted object owned, through all generations", async () => {
    const test = startTestServer();
    const parent = await test.client.create(configMap("owner"));
    const child = await test.client.create(configMap("child", owned(parent)));
    await test.client.create(configMap("grandchild", owned(child)));

    await test.client.delete(owner);
    await test.clock.advance(MOMENT_MS);

    assert.deepEqual(await names(test), []);
  });

  it("keeps an object as long as one of its owners is there", async () => {
    const test = startTestServer();
    const parent = await test.client.create(configMap("owner"));
    const other = await test.client.create(configMap("other"));
    const ownerReferences = [...owned(parent).ownerReferences, ...owned(other).ownerReferences];
    await test.client.create(configMap("child", { ownerReferences }));

    await test.client.delete(owner);
    await test.clock.advance(MOMENT_MS);

    const child = await test.client.get({ ...owner, name: "child" });
    assert.deepEqual(
      child.metadata.ownerReferences?.map(({ name }) => name),
      ["other"],
    );
  });

  it("lets go of dependents when asked to orphan them", async () => {
    const test = startTestServer();
    const parent = await test.client.create(configMap("owner"));
    await test.client.create(configMap("child", owned(parent)));

    await test.client.delete(owner, { propagationPolicy: "Orphan" });
    await test.clock.advance(MOMENT_MS);

    const child = await test.client.get({ ...owner, name: "child" });
    assert.equal(child.metadata.ownerReferences, undefined);
    assert.deepEqual(await names(test), ["child"]);
  });

  it("deletes dependents before the owner in the foreground", async () => {
    const test = startTestServer();
    const parent = await test.client.create(configMap("owner"));
    await test.client.create(configMap("child", { ...owned(parent, true), finalizers: ["a.b/c"] }));

    await test.client.delete(owner, { propagationPolicy: "Foreground" });
    await test.clock.advance(MOMENT_MS);
    const during = await names(test);
    await test.client.patchMerge({ ...owner, name: "child" }, { metadata: { finalizers: null } });
    await test.clock.advance(MOMENT_MS);

    assert.deepEqual(during, ["child", "owner"]);
    assert.deepEqual(await names(test), []);
  });

  it("collects an object whose owner never existed", async () => {
    const test = startTestServer();
    const ghost = { ...configMap("ghost"), metadata: { name: "ghost", uid: "none" } };
    await test.client.create(configMap("child", owned(ghost)));

    await test.clock.advance(MOMENT_MS);

    assert.deepEqual(await names(test), []);
  });
});

describe("namespaces", () => {
  const ref = { apiVersion: "v1", kind: "Namespace", name: "n" };

  it("empty themselves, refuse new content, say what is left, and go when nothing is", async () => {
    const { client, clock } = startTestServer();
    await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } });
    await client.create(configMap("free", { namespace: "n" }));
    await client.create(configMap("held", { namespace: "n", finalizers: ["a.b/c"] }));

    await client.delete(ref);
    await clock.advance(MOMENT_MS);
    const terminating = await client.get(ref);
    await assert.rejects(
      client.create(configMap("late", { namespace: "n" })),
      (error) =>
        error instanceof ClientError &&
        error.code === 403 &&
        error.message ===
          'configmaps "late" is forbidden: unable to create new content in namespace n because it is being terminated',
    );
    await client.patchMerge({ ...owner, namespace: "n", name: "held" }, { metadata: { finalizers: null } });
    await clock.advance(MOMENT_MS);

    assert.equal(textAt(terminating, "status", "phase"), "Terminating");
    const messages = listAt(terminating, "status", "conditions").map((one) => textAt(one, "message"));
    assert.ok(messages.includes("Some resources are remaining: configmaps. has 1 resource instances"));
    assert.ok(
      messages.includes("Some content in the namespace has finalizers remaining: a.b/c in 1 resource instances"),
    );
    assert.equal(await client.find(ref), undefined);
  });

  it("of the system cannot be deleted", async () => {
    const { client } = startTestServer();

    await assert.rejects(client.delete({ ...ref, name: "default" }), /this namespace may not be deleted/);
  });
});

const crd: Obj = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "things.example.com" },
  spec: {
    group: "example.com",
    scope: "Namespaced",
    names: { kind: "Thing", plural: "things" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        subresources: { status: {} },
        selectableFields: [{ jsonPath: ".spec.colour" }],
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: { colour: { type: "string", default: "red", enum: ["red", "blue"] } },
              },
              status: { type: "object", properties: { seen: { type: "boolean" } } },
            },
          },
        },
      },
    ],
  },
};

function thing(name: string, spec: object, metadata: Partial<Obj["metadata"]> = {}): Obj {
  return { apiVersion: "example.com/v1", kind: "Thing", metadata: { name, namespace: "default", ...metadata }, spec };
}

describe("custom resources", () => {
  it("are served once their CRD is established, with defaults, pruning, validation and selectable fields", async () => {
    const { client, clock } = startTestServer();
    await client.create(crd);
    await clock.advance(MOMENT_MS);
    const served = await client.get({ ...crd, name: "things.example.com" });

    const red = await client.create(thing("a", { unknown: true }));
    await client.create(thing("b", { colour: "blue" }));
    const blue = await client.list(
      { apiVersion: "example.com/v1", kind: "Thing", namespace: "default" },
      { fieldSelector: "spec.colour=blue" },
    );

    const conditions = listAt(served, "status", "conditions").map(
      (one) => `${textAt(one, "type")} ${textAt(one, "status")}`,
    );
    assert.deepEqual(conditions, ["NamesAccepted True", "Established True"]);
    assert.equal(textAt(served, "spec", "names", "listKind"), "ThingList");
    assert.deepEqual(red["spec"], { colour: "red" });
    assert.deepEqual(
      blue.map(({ metadata }) => metadata.name),
      ["b"],
    );
    await assert.rejects(
      client.create(thing("c", { colour: "green" })),
      /^ClientError: Thing.example.com "c" is invalid: spec.colour: Unsupported value: "green": supported values: "red", "blue"$/,
    );
  });

  it("go with their CRD, and the CRD waits for those with finalizers", async () => {
    const { client, clock } = startTestServer();
    await client.create(crd);
    await clock.advance(MOMENT_MS);
    await client.create(thing("a", {}));
    await client.create(thing("b", {}, { finalizers: ["a.b/c"] }));
    const ref = { ...crd, name: "things.example.com" };

    await client.delete(ref);
    await clock.advance(MOMENT_MS);
    const waiting = await client.get(ref);
    const left = await client.list({ apiVersion: "example.com/v1", kind: "Thing" });
    await assert.rejects(
      client.create(thing("c", {})),
      /create not allowed while custom resource definition is terminating/,
    );
    await client.patchMerge({ ...thing("b", {}), namespace: "default", name: "b" }, { metadata: { finalizers: null } });
    await clock.advance(MOMENT_MS);

    assert.notEqual(valueAt(waiting, "metadata", "deletionTimestamp"), undefined);
    assert.deepEqual(
      left.map(({ metadata }) => metadata.name),
      ["b"],
    );
    assert.equal(await client.find(ref), undefined);
    await assert.rejects(client.list({ apiVersion: "example.com/v1", kind: "Thing" }), /404 page not found/);
  });
});
