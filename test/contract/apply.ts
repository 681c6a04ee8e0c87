import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";

const maps = configMaps("apply");
const path = things("apply");

export const apply: Topic = (client) => {
  describe("server-side apply", () => {
    before(() => createNamespace(client(), "apply"));

    it("creates and then updates", async () => {
      assertOK(await client().apply(`${path}/a?fieldManager=me`, thing("a", { version: "v1" })), 201);

      const { status, body } = await client().apply(`${path}/a?fieldManager=me`, thing("a", { version: "v2" }));

      assert.equal(status, 200);
      assert.deepEqual(body.spec, { mode: "auto", version: "v2", size: 3 });
      assert.equal(body.metadata?.generation, 2);
    });

    it("changes nothing, not even the resource version, when nothing is new", async () => {
      const wish = thing("same", { version: "v1", tags: ["a"], parts: [{ name: "x" }], free: { any: { thing: 1 } } });
      const first = await client().apply(`${path}/same?fieldManager=me`, wish);

      const second = await client().apply(`${path}/same?fieldManager=me`, wish);

      assert.deepEqual(second.body, first.body);
    });

    it("removes what the applier leaves out and nobody else owns", async () => {
      await client().apply(`${path}/out?fieldManager=me`, thing("out", { version: "v1", tags: ["a", "b"] }));
      await client().apply(`${path}/out?fieldManager=you`, thing("out", { tags: ["b"] }));

      const { body } = await client().apply(`${path}/out?fieldManager=me`, thing("out", {}));

      assert.deepEqual(body.spec, { mode: "auto", size: 3, tags: ["b"] });
    });

    it("merges lists by their keys", async () => {
      await client().apply(`${path}/parts?fieldManager=me`, thing("parts", { parts: [{ name: "x", note: "1" }] }));

      const wish = thing("parts", { parts: [{ name: "y" }, { name: "x", on: false }] });
      const { body } = await client().apply(`${path}/parts?fieldManager=you&force=true`, wish);

      assert.deepEqual(body.spec?.["parts"], [
        { name: "y", on: true },
        { name: "x", note: "1", on: false },
      ]);
    });

    it("refuses to take what another applier owns, and names it", async () => {
      await client().apply(`${path}/mine?fieldManager=me`, thing("mine", { version: "v1" }));

      const answer = await client().apply(`${path}/mine?fieldManager=you`, thing("mine", { version: "v2" }));

      const message = 'Apply failed with 1 conflict: conflict with "me": .spec.version';
      assertRefused(answer, 409, "Conflict", message);
      assert.deepEqual(answer.body.details, {
        causes: [{ reason: "FieldManagerConflict", message: 'conflict with "me"', field: ".spec.version" }],
      });
    });

    it("names updaters with the version they wrote", async () => {
      await client().post(`${maps}?fieldManager=editor`, configMap("edited", { a: "1", b: "1" }));

      const answer = await client().apply(`${maps}/edited?fieldManager=me`, configMap("edited", { a: "2", b: "2" }));

      const message = 'Apply failed with 2 conflicts: conflicts with "editor" using v1:\n- .data.a\n- .data.b';
      assertRefused(answer, 409, "Conflict", message);
    });

    it("takes by force", async () => {
      await client().apply(`${path}/forced?fieldManager=me`, thing("forced", { version: "v1" }));

      const answer = await client().apply(
        `${path}/forced?fieldManager=you&force=true`,
        thing("forced", { version: "v2" }),
      );

      assertOK(answer);
      assert.equal(answer.body.spec?.["version"], "v2");
    });

    it("creates an object for a resource version that no object has, and leaves an object that exists as it is", async () => {
      for (const [collection, wish] of [
        [path, thing("unseen", { version: "v1" }, { resourceVersion: "1" })],
        [maps, configMap("unseen", { a: "1" }, { resourceVersion: "1" })],
      ] as const) {
        const created = await client().apply(`${collection}/unseen?fieldManager=me`, wish);
        assertOK(created, 201);
        assert.notEqual(created.body.metadata?.resourceVersion, "1");

        for (const query of ["fieldManager=me", "fieldManager=you", "fieldManager=you&force=true"]) {
          const answer = await client().apply(`${collection}/unseen?${query}`, wish);

          assert.deepEqual([answer.status, answer.body.reason], [409, "Conflict"]);
        }

        assert.deepEqual((await client().get(`${collection}/unseen`)).body, created.body);
      }
    });

    it("wants to know the manager", async () => {
      const answer = await client().apply(`${path}/nobody`, thing("nobody"));

      const detail = "fieldManager: Required value: is required for apply patch";
      assertRefused(answer, 422, "Invalid", `PatchOptions.meta.k8s.io "" is invalid: ${detail}`);
    });

    it("takes no managed fields", async () => {
      const entry = { manager: "me", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: {} };
      for (const entries of [[], [entry]]) {
        const wish = thing("managed", {}, { managedFields: entries });

        const answer = await client().apply(`${path}/managed?fieldManager=me`, wish);

        assertRefused(answer, 400, "BadRequest", "metadata.managedFields must be nil");
      }
    });

    it("validates the outcome", async () => {
      const answer = await client().apply(`${path}/bad?fieldManager=me`, thing("bad", { mode: "manual" }));

      const message =
        'Thing.contract.example.org "bad" is invalid: spec: Invalid value: version is required in manual mode';
      assertRefused(answer, 422, "Invalid", message);
    });

    it("reads YAML", async () => {
      const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: yaml\ndata:\n  a: '1'\n";

      const { status, body } = await client().apply(`${maps}/yaml?fieldManager=me`, yaml);

      assert.deepEqual([status, body["data"]], [201, { a: "1" }]);
    });
  });
};
