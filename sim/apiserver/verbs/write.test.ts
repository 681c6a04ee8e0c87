import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ClientError } from "../../client-error.ts";
import type { Obj } from "../../object.ts";
import { startTestServer } from "../testing/test-server.ts";
import { textAt, valueAt } from "../../value-at.ts";

const place = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "a" };

function configMap(data: Record<string, string> = {}): Obj {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "default" }, data };
}

function deployment(replicas: number): Obj {
  const spec = { replicas, selector: { matchLabels: { app: "a" } }, template: { metadata: { labels: { app: "a" } } } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a", namespace: "default" }, spec };
}

async function refusal(promise: Promise<unknown>): Promise<readonly [number, string, string]> {
  try {
    await promise;
  } catch (error) {
    assert.ok(error instanceof ClientError);
    return [error.code, error.reason, error.message];
  }
  return assert.fail("the request was not refused");
}

describe("writes", () => {
  it("set uid, creation time and resource version of a new object", async () => {
    const { client } = startTestServer();

    const { metadata } = await client.create(configMap());

    assert.match(metadata.uid ?? "", /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    assert.equal(metadata.creationTimestamp, "2026-01-01T00:00:00Z");
    assert.match(metadata.resourceVersion ?? "", /^\d+$/);
  });

  it("refuse a second object of the same name", async () => {
    const { client } = startTestServer();
    await client.create(configMap());

    assert.deepEqual(await refusal(client.create(configMap())), [
      409,
      "AlreadyExists",
      'configmaps "a" already exists',
    ]);
  });

  it("generate a name from generateName", async () => {
    const { client } = startTestServer();

    const { metadata } = await client.create({
      ...configMap(),
      metadata: { name: "", generateName: "pre-", namespace: "default" },
    });

    assert.match(metadata.name, /^pre-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  });

  it("refuse objects in namespaces that do not exist", async () => {
    const { client } = startTestServer();
    const lost = { ...configMap(), metadata: { name: "a", namespace: "nowhere" } };

    assert.deepEqual(await refusal(client.create(lost)), [404, "NotFound", 'namespaces "nowhere" not found']);
  });

  it("refuse an update of a version that is no longer the latest", async () => {
    const { client } = startTestServer();
    const first = await client.create(configMap());
    await client.update({ ...first, data: { k: "1" } });

    assert.deepEqual(await refusal(client.update({ ...first, data: { k: "2" } })), [
      409,
      "Conflict",
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
    ]);
  });

  it("keep the resource version when nothing changes", async () => {
    const { client, clock } = startTestServer();
    const first = await client.create(configMap({ k: "1" }));
    await clock.advance(5000);

    const patched = await client.patchMerge(place, { data: { k: "1" } });
    const applied = await client.apply(configMap({ k: "1" }), { fieldManager: "m", force: true });
    await clock.advance(5000);
    const again = await client.apply(configMap({ k: "1" }), { fieldManager: "m", force: true });

    assert.equal(patched.metadata.resourceVersion, first.metadata.resourceVersion);
    assert.equal(again.metadata.resourceVersion, applied.metadata.resourceVersion);
  });

  it("count the generation for the spec, not for metadata or status", async () => {
    const { client } = startTestServer();
    const ref = { ...place, apiVersion: "apps/v1", kind: "Deployment" };
    const created = await client.create(deployment(1));

    const labelled = await client.patchMerge(ref, { metadata: { labels: { a: "b" } } });
    const reported = await client.status(ref, { replicas: 1 });
    const scaled = await client.patchMerge(ref, { spec: { replicas: 2 } });

    assert.deepEqual(
      [created, labelled, reported, scaled].map(({ metadata }) => metadata.generation),
      [1, 1, 1, 2],
    );
  });

  it("keep main and status apart", async () => {
    const { client } = startTestServer();
    const ref = { ...place, apiVersion: "apps/v1", kind: "Deployment" };
    await client.create(deployment(1));

    const viaMain = await client.patchMerge(ref, { status: { replicas: 7 } });
    const viaStatus = await client.patchMerge(
      ref,
      { spec: { replicas: 9 }, status: { replicas: 3 } },
      { subresource: "status" },
    );

    assert.equal(valueAt(viaMain, "status", "replicas"), undefined);
    assert.equal(valueAt(viaStatus, "status", "replicas"), 3);
    assert.equal(valueAt(viaStatus, "spec", "replicas"), 1);
  });

  it("turn stringData of a Secret into data, and never change its type", async () => {
    const { client } = startTestServer();
    const metadata = { name: "s", namespace: "default" };

    const secret = await client.create({ apiVersion: "v1", kind: "Secret", metadata, stringData: { k: "text" } });

    assert.deepEqual(secret["data"], { k: "dGV4dA==" });
    assert.equal(secret["stringData"], undefined);
    assert.equal(secret["type"], "Opaque");
    const ref = { apiVersion: "v1", kind: "Secret", ...metadata };
    assert.deepEqual(await refusal(client.patchMerge(ref, { type: "other" })), [
      422,
      "Invalid",
      'Secret "s" is invalid: type: Invalid value: "other": field is immutable',
    ]);
  });

  it("change nothing in a dry run", async () => {
    const { client, send } = startTestServer();

    const { status } = await send("POST", "/api/v1/namespaces/default/configmaps?dryRun=All", { body: configMap() });

    assert.equal(status, 201);
    assert.equal(await client.find(place), undefined);
  });

  it("refuse an apply without a field manager", async () => {
    const { send } = startTestServer();

    const { status, body } = await send("PATCH", "/api/v1/namespaces/default/configmaps/a", {
      headers: { "content-type": "application/apply-patch+yaml" },
      body: configMap(),
    });

    assert.equal(status, 422);
    assert.match(textAt(body, "message"), /fieldManager: Required value: is required for apply patch/);
  });

  it("report conflicts of an apply with the manager that owns the field", async () => {
    const { client } = startTestServer();
    await client.apply(configMap({ k: "1" }), { fieldManager: "first" });

    const [code, reason, message] = await refusal(client.apply(configMap({ k: "2" }), { fieldManager: "second" }));

    assert.deepEqual([code, reason], [409, "Conflict"]);
    assert.equal(message, 'Apply failed with 1 conflict: conflict with "first": .data.k');
    const forced = await client.apply(configMap({ k: "2" }), { fieldManager: "second", force: true });
    assert.deepEqual(forced["data"], { k: "2" });
  });

  it("remove with an apply what its manager no longer applies", async () => {
    const { client } = startTestServer();
    const labels = { l: "1" };
    await client.apply(
      { ...configMap({ k: "1" }), metadata: { ...configMap().metadata, labels } },
      { fieldManager: "m" },
    );

    const { metadata, data } = await client.apply(configMap({ k: "1" }), { fieldManager: "m" });

    assert.equal(metadata.labels, undefined);
    assert.equal(metadata.name, "a");
    assert.deepEqual(data, { k: "1" });
  });

  it("refuse new finalizers on an object that is being deleted", async () => {
    const { client } = startTestServer();
    await client.create({ ...configMap(), metadata: { name: "a", namespace: "default", finalizers: ["a.b/c"] } });
    await client.delete(place);

    const [code, , message] = await refusal(client.patchMerge(place, { metadata: { finalizers: ["a.b/c", "d.e/f"] } }));

    assert.equal(code, 422);
    assert.match(message, /no new finalizers can be added if the object is being deleted/);
  });
});

describe("deletes", () => {
  it("take an object without finalizers away at once", async () => {
    const { client } = startTestServer();
    await client.create(configMap());

    await client.delete(place);

    assert.deepEqual(await refusal(client.get(place)), [404, "NotFound", 'configmaps "a" not found']);
  });

  it("mark an object with finalizers, and take it away with the last of them", async () => {
    const { client } = startTestServer();
    await client.create({ ...deployment(1), metadata: { name: "a", namespace: "default", finalizers: ["a.b/c"] } });
    const ref = { ...place, apiVersion: "apps/v1", kind: "Deployment" };

    await client.delete(ref);
    const marked = await client.get(ref);
    await client.patchMerge(ref, { metadata: { finalizers: null } });

    assert.equal(marked.metadata.deletionTimestamp, "2026-01-01T00:00:00Z");
    assert.equal(marked.metadata.deletionGracePeriodSeconds, 0);
    assert.equal(marked.metadata.generation, 2);
    assert.equal(await client.find(ref), undefined);
  });

  it("happen only to the object with the given UID", async () => {
    const { client } = startTestServer();
    await client.create(configMap());

    const [code, reason] = await refusal(client.delete(place, { uid: "another" }));

    assert.deepEqual([code, reason], [409, "Conflict"]);
  });

  it("of a collection take the selected objects only", async () => {
    const { client } = startTestServer();
    for (const name of ["x", "y"]) {
      const metadata = { name, namespace: "default", labels: { name } };
      await client.create({ apiVersion: "v1", kind: "ConfigMap", metadata });
    }

    await client.deleteAll({ apiVersion: "v1", kind: "ConfigMap", namespace: "default" }, { labelSelector: "name=x" });

    const left = await client.list({ apiVersion: "v1", kind: "ConfigMap", namespace: "default" });
    assert.deepEqual(
      left.map(({ metadata }) => metadata.name),
      ["y"],
    );
  });
});
