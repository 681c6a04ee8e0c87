import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";

const path = configMaps("metadata");

function controllerNamed(name: string): object {
  return { apiVersion: "v1", kind: "ConfigMap", name, uid: name, controller: true };
}

export const metadataRules: Topic = (client) => {
  describe("metadata", () => {
    before(() => createNamespace(client(), "metadata"));

    it("has labels of a certain form", async () => {
      const key = await client().post(path, configMap("key", {}, { labels: { "a b": "c" } }));
      const value = await client().post(path, configMap("value", {}, { labels: { a: "b c" } }));

      assert.match(String(key.body.message), /metadata\.labels: Invalid value: "a b": name part must consist of/u);
      assert.match(
        String(value.body.message),
        /metadata\.labels: Invalid value: "b c": a valid label must be an empty string or consist of/u,
      );
      assert.deepEqual([key.status, value.status], [422, 422]);
    });

    it("has complete owners", async () => {
      const owner = { apiVersion: "v1", kind: "ConfigMap", name: "", uid: "" };

      const { status, body } = await client().post(path, configMap("owned", {}, { ownerReferences: [owner] }));

      assert.equal(status, 422);
      assert.deepEqual(
        body.details?.causes?.map(({ field }) => field),
        ["metadata.ownerReferences.name", "metadata.ownerReferences.uid"],
      );
    });

    it("has one managing owner at most", async () => {
      const { status, body } = await client().post(
        path,
        configMap("managed", {}, { ownerReferences: [controllerNamed("a"), controllerNamed("b")] }),
      );

      assert.equal(status, 422);
      assert.match(
        String(body.message),
        /metadata\.ownerReferences: Invalid value: .*Only one reference can have Controller set to true/u,
      );
    });

    it("has finalizers with a domain for built-ins", async () => {
      const { status, body } = await client().post(path, configMap("finalized", {}, { finalizers: ["hold"] }));

      assert.equal(status, 422);
      assert.match(
        String(body.message),
        /metadata\.finalizers\[0\]: Invalid value: "hold": name is neither a standard finalizer name nor is it fully qualified/u,
      );
    });

    it("keeps what only the server sets", async () => {
      const created = await client().post(
        things("metadata"),
        thing("kept", {}, { uid: "mine", creationTimestamp: null }),
      );
      const { uid, creationTimestamp } = created.body.metadata ?? {};
      assert.notEqual(uid, "mine");

      const changed = await client().merge(`${things("metadata")}/kept`, {
        metadata: { creationTimestamp: "2000-01-01T00:00:00Z" },
      });
      assertOK(changed);
      assert.equal(changed.body.metadata?.["creationTimestamp"], creationTimestamp);

      const deleted = await client().merge(`${things("metadata")}/kept`, {
        metadata: { deletionTimestamp: "2000-01-01T00:00:00Z" },
      });
      assert.deepEqual([deleted.status, deleted.body.reason], [422, "Invalid"]);
      const error = 'metadata.deletionTimestamp: Invalid value: "2000-01-01T00:00:00Z": field is immutable';
      assert.ok(String(deleted.body.message).includes(error), deleted.text);
    });

    it("has a version only after the object is there", async () => {
      const answer = await client().post(path, configMap("versioned", {}, { resourceVersion: "1" }));

      const message = "resourceVersion should not be set on objects to be created";
      assert.equal(answer.status, 500);
      assert.match(String(answer.body.message), new RegExp(message, "u"));
    });

    it("has an owner in the same form after an apply", async () => {
      const owner = { apiVersion: "v1", kind: "ConfigMap", name: "o", uid: "o-1" };
      const wish = configMap("applied", { a: "1" }, { ownerReferences: [owner], finalizers: ["example.org/f"] });

      const first = await client().apply(`${path}/applied?fieldManager=me`, wish);
      const second = await client().apply(`${path}/applied?fieldManager=me`, configMap("applied"));

      assert.deepEqual(first.body.metadata?.["ownerReferences"], [owner]);
      assert.deepEqual(
        first.body.metadata.managedFields?.map(({ fieldsV1 }) => fieldsV1),
        [
          {
            "f:data": { "f:a": {} },
            "f:metadata": {
              "f:finalizers": { 'v:"example.org/f"': {} },
              "f:ownerReferences": { 'k:{"uid":"o-1"}': {} },
            },
          },
        ],
      );
      assert.deepEqual(
        [second.body.metadata?.["ownerReferences"], second.body.metadata?.finalizers],
        [undefined, undefined],
      );
    });

    it("is refused as a whole when one part is wrong", async () => {
      const answer = await client().post(path, configMap("whole", {}, { labels: "none" }));

      assert.equal(answer.status, 400);
      assert.equal(answer.body.reason, "BadRequest");
      assertRefused(await client().get(`${path}/whole`), 404, "NotFound", 'configmaps "whole" not found');
    });
  });
};
