import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Answer } from "./contract-client.ts";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace } from "./things.ts";

const path = configMaps("crud");

export const crud: Topic = (client) => {
  describe("creating, reading, deleting", () => {
    before(() => createNamespace(client(), "crud"));

    it("gives a new object its identity", async () => {
      const { status, body } = await client().post(path, configMap("new", { a: "1" }));

      assert.equal(status, 201);
      assert.match(String(body.metadata?.uid), /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u);
      assert.match(String(body.metadata?.resourceVersion), /^\d+$/u);
      assert.match(String(body.metadata?.["creationTimestamp"]), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/u);
      assert.equal(body.metadata?.namespace, "crud");
      assert.equal(body.metadata.generation, undefined);
      assert.deepEqual(body["data"], { a: "1" });
      assert.deepEqual((await client().get(`${path}/new`)).body, body);
    });

    it("answers every write with metadata only on request, and with the status of what is gone as ever", async () => {
      const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
      const target = `${path}/bare`;
      const finalizers = ["contract.example.org/held"];
      const applied = { ...configMap("bare", { b: "2" }), metadata: { name: "bare", finalizers } };
      const patch = (kind: string, body: unknown): Promise<Answer> =>
        client().call("PATCH", `${target}?fieldManager=me`, { body, contentType: `application/${kind}`, accept });

      const answers = [
        await client().post(path, configMap("bare", { a: "1" }), accept),
        await patch("apply-patch+yaml", applied),
        await patch("merge-patch+json", { data: { c: "3" } }),
        await client().call("DELETE", target, { accept }),
      ];
      await client().json(target, [{ op: "remove", path: "/metadata/finalizers" }]);
      await client().post(path, configMap("bare"));
      const gone = await client().call("DELETE", target, { accept });

      assert.deepEqual(
        answers.map(({ status, body }) => [status, body.kind, body.apiVersion, body["data"], body.metadata?.name]),
        [201, 200, 200, 200].map((status) => [status, "PartialObjectMetadata", "meta.k8s.io/v1", undefined, "bare"]),
      );
      assert.deepEqual(answers[3]?.body.metadata?.finalizers, finalizers);
      assert.equal(new Set(answers.map(({ body }) => body.metadata?.resourceVersion)).size, 4);
      assert.deepEqual([gone.status, gone.body.kind, gone.body.status], [200, "Status", "Success"]);
    });

    it("refuses a name that is taken", async () => {
      await client().post(path, configMap("twice"));

      const answer = await client().post(path, configMap("twice"));

      assertRefused(answer, 409, "AlreadyExists", 'configmaps "twice" already exists');
      assert.deepEqual(answer.body.details, { name: "twice", kind: "configmaps" });
    });

    it("says what it does not find", async () => {
      const answer = await client().get(`${path}/nope`);

      assertRefused(answer, 404, "NotFound", 'configmaps "nope" not found');
      assert.deepEqual(answer.body.details, { name: "nope", kind: "configmaps" });
      assertRefused(await client().delete(`${path}/nope`), 404, "NotFound", 'configmaps "nope" not found');
      assertRefused(await client().merge(`${path}/nope`, {}), 404, "NotFound", 'configmaps "nope" not found');
      const put = await client().put(`${path}/nope`, configMap("nope", {}, { resourceVersion: "1" }));
      assertRefused(put, 404, "NotFound", 'configmaps "nope" not found');
    });

    it("makes up a name behind a prefix", async () => {
      const { status, body } = await client().post(path, configMap("", {}, { name: undefined, generateName: "made-" }));

      assert.equal(status, 201);
      assert.match(String(body.metadata?.name), /^made-[a-z0-9]{5}$/u);
    });

    it("wants a name", async () => {
      const answer = await client().post(path, configMap("", {}, { name: undefined }));

      const message = 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required';
      assertRefused(answer, 422, "Invalid", message);
    });

    it("wants a name of the right form", async () => {
      const answer = await client().post(path, configMap("Not_A_Name"));

      assert.equal(answer.status, 422);
      assert.match(
        String(answer.body.message),
        /^ConfigMap "Not_A_Name" is invalid: metadata\.name: Invalid value: "Not_A_Name": a lowercase RFC 1123 subdomain/u,
      );
      assert.deepEqual(
        answer.body.details?.causes?.map(({ reason, field }) => [reason, field]),
        [["FieldValueInvalid", "metadata.name"]],
      );
    });

    it("replaces an object with or without a resource version", async () => {
      const created = await client().post(path, configMap("replaced", { a: "1" }));
      const { uid, resourceVersion } = created.body.metadata ?? {};

      const first = await client().put(`${path}/replaced`, configMap("replaced", { b: "2" }, { resourceVersion }));
      const second = await client().put(`${path}/replaced`, configMap("replaced", { c: "3" }));

      assertOK(first);
      assertOK(second);
      assert.deepEqual(second.body["data"], { c: "3" });
      assert.equal(second.body.metadata?.uid, uid);
      assert.notEqual(second.body.metadata?.resourceVersion, first.body.metadata?.resourceVersion);
    });

    it("deletes at once what nothing holds", async () => {
      const created = await client().post(path, configMap("gone"));

      const answer = await client().delete(`${path}/gone`);

      assertOK(answer);
      assert.equal(answer.body.kind, "Status");
      assert.equal(answer.body.status, "Success");
      assert.deepEqual(answer.body.details, { name: "gone", kind: "configmaps", uid: created.body.metadata?.uid });
      assert.equal((await client().get(`${path}/gone`)).status, 404);
    });

    it("deletes only the object that was meant", async () => {
      const created = await client().post(path, configMap("meant"));
      const uid = created.body.metadata?.uid ?? "";

      const answer = await client().delete(`${path}/meant`, { preconditions: { uid: "other" } });

      const why = `the UID in the precondition (other) does not match the UID in record (${uid}).`;
      const message = `${why} The object might have been deleted and then recreated`;
      assertRefused(answer, 409, "Conflict", `Operation cannot be fulfilled on ConfigMap "meant": ${message}`);
      assertOK(await client().delete(`${path}/meant`, { preconditions: { uid } }));
    });

    it("does nothing for good in a dry run", async () => {
      const created = await client().call("POST", `${path}?dryRun=All`, { body: configMap("dry") });

      assertOK(created, 201);
      assert.notEqual(created.body.metadata?.uid, undefined);
      assert.equal((await client().get(`${path}/dry`)).status, 404);
    });

    it("deletes a collection by label", async () => {
      await client().post(path, configMap("many-1", {}, { labels: { many: "yes" } }));
      await client().post(path, configMap("many-2", {}, { labels: { many: "yes" } }));

      assertOK(await client().delete(`${path}?labelSelector=many%3Dyes`));

      assert.deepEqual((await client().get(`${path}?labelSelector=many`)).body.items, []);
      assertOK(await client().get(`${path}/new`));
    });
  });
};
