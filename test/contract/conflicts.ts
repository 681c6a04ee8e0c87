import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";

const path = configMaps("conflicts");
const STALE = "the object has been modified; please apply your changes to the latest version and try again";

export const conflicts: Topic = (client) => {
  describe("concurrent writes", () => {
    before(() => createNamespace(client(), "conflicts"));

    it("are noticed by the resource version of an update", async () => {
      const first = await client().post(path, configMap("a", { v: "1" }));
      const { resourceVersion } = first.body.metadata ?? {};
      assertOK(await client().put(`${path}/a`, configMap("a", { v: "2" }, { resourceVersion })));

      const answer = await client().put(`${path}/a`, configMap("a", { v: "3" }, { resourceVersion }));

      const message = `Operation cannot be fulfilled on configmaps "a": ${STALE}`;
      assertRefused(answer, 409, "Conflict", message);
      assert.deepEqual(answer.body.details, { name: "a", kind: "configmaps" });
    });

    it("are noticed by the resource version in a patch", async () => {
      const first = await client().post(path, configMap("b", { v: "1" }));
      const { resourceVersion } = first.body.metadata ?? {};
      await client().merge(`${path}/b`, { data: { v: "2" } });

      const answer = await client().merge(`${path}/b`, { metadata: { resourceVersion }, data: { v: "3" } });

      assertRefused(answer, 409, "Conflict", `Operation cannot be fulfilled on configmaps "b": ${STALE}`);
    });

    it("are noticed by the resource version of a delete", async () => {
      await client().post(path, configMap("c"));

      const answer = await client().delete(`${path}/c`, { preconditions: { resourceVersion: "1" } });

      assert.equal(answer.status, 409);
      assert.match(
        String(answer.body.message),
        /the ResourceVersion in the precondition \(1\) does not match the ResourceVersion in record \(\d+\)/u,
      );
    });

    it("are ruled out for custom resources: an update has to say what it saw", async () => {
      await client().post(things("conflicts"), thing("a"));

      const answer = await client().put(`${things("conflicts")}/a`, thing("a"));

      const message =
        'things.contract.example.org "a" is invalid: metadata.resourceVersion: Invalid value: 0: ' +
        "must be specified for an update";
      assertRefused(answer, 422, "Invalid", message);
    });
  });

  describe("a write that changes nothing", () => {
    it("leaves the resource version as it is", async () => {
      const created = await client().post(path, configMap("same", { v: "1" }));
      const { resourceVersion } = created.body.metadata ?? {};

      const put = await client().put(`${path}/same`, created.body);
      const merged = await client().merge(`${path}/same`, { data: { v: "1" } });
      const patched = await client().json(`${path}/same`, [{ op: "replace", path: "/data/v", value: "1" }]);

      for (const { body } of [put, merged, patched]) {
        assert.equal(body.metadata?.resourceVersion, resourceVersion);
      }
    });
  });

  describe("an update", () => {
    it("cannot change who an object is", async () => {
      const created = await client().post(path, configMap("who"));
      const { metadata } = created.body;

      const answer = await client().put(`${path}/who`, { ...created.body, metadata: { ...metadata, uid: "other" } });

      assert.deepEqual([answer.status, answer.body.reason], [409, "Conflict"]);
      const why = `Precondition failed: UID in precondition: other, UID in object meta: ${metadata?.uid ?? ""}`;
      assert.ok(String(answer.body.message).endsWith(why), answer.text);
    });
  });
};
