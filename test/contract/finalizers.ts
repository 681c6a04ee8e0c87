import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertOK } from "./refused.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";

const path = configMaps("finalizers");
const HOLD = "contract.example.org/hold";

export const finalizers: Topic = (client) => {
  describe("finalizers", () => {
    before(() => createNamespace(client(), "finalizers"));

    it("keep an object until the last one is removed", async () => {
      await client().post(path, configMap("held", {}, { finalizers: [HOLD, "contract.example.org/other"] }));

      const deleted = await client().delete(`${path}/held`);
      assertOK(deleted);
      assert.equal(deleted.body.kind, "ConfigMap");
      assert.notEqual(deleted.body.metadata?.deletionTimestamp, undefined);

      assertOK(await client().merge(`${path}/held`, { metadata: { finalizers: [HOLD] } }));
      assertOK(await client().get(`${path}/held`));
      assertOK(await client().merge(`${path}/held`, { metadata: { finalizers: null } }));
      assert.equal((await client().get(`${path}/held`)).status, 404);
    });

    for (const [kind, collection, make] of [
      ["ConfigMap", path, configMap],
      ["Thing", things("finalizers"), thing],
    ] as const) {
      it(`show in the answers to a deletion, and to taking the last one away, what is left of a ${kind}`, async () => {
        await client().post(collection, make("answers", {}, { finalizers: [HOLD] }));

        const { body: held } = await client().delete(`${collection}/answers`);
        const { body: released } = await client().merge(`${collection}/answers`, { metadata: { finalizers: null } });

        assert.equal(held.kind, kind);
        assert.deepEqual(held.metadata?.finalizers, [HOLD]);
        assert.equal(released.kind, kind);
        assert.notEqual(released.metadata?.deletionTimestamp, undefined);
        assert.equal(released.metadata?.finalizers, undefined);

        await client().post(collection, make("answers"));
        const { body: gone } = await client().delete(`${collection}/answers`);
        assert.equal(gone.kind, "Status");
      });
    }

    it("leave a second delete without effect", async () => {
      await client().post(path, configMap("again", {}, { finalizers: [HOLD] }));
      const first = await client().delete(`${path}/again`);

      const second = await client().delete(`${path}/again`);

      assertOK(second);
      assert.equal(second.body.metadata?.resourceVersion, first.body.metadata?.resourceVersion);
      await client().merge(`${path}/again`, { metadata: { finalizers: null } });
    });

    it("cannot be added to what is being deleted", async () => {
      await client().post(things("finalizers"), thing("late", {}, { finalizers: [HOLD] }));
      await client().delete(`${things("finalizers")}/late`);

      const { status, body } = await client().merge(`${things("finalizers")}/late`, {
        metadata: { finalizers: [HOLD, "contract.example.org/late"] },
      });

      assert.equal(status, 422);
      assert.ok(
        String(body.message).includes(
          "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, " +
            'found new finalizers []string{"contract.example.org/late"}',
        ),
        String(body.message),
      );
      await client().merge(`${things("finalizers")}/late`, { metadata: { finalizers: null } });
    });

    it("leave the object writable while it waits", async () => {
      await client().post(things("finalizers"), thing("writable", {}, { finalizers: [HOLD] }));
      await client().delete(`${things("finalizers")}/writable`);

      assertOK(await client().merge(`${things("finalizers")}/writable`, { spec: { size: 7 } }));
      assertOK(await client().merge(`${things("finalizers")}/writable/status`, { status: { phase: "Terminating" } }));
      const { body } = await client().json(`${things("finalizers")}/writable`, [
        { op: "test", path: "/metadata/finalizers/0", value: HOLD },
        { op: "remove", path: "/metadata/finalizers/0" },
      ]);
      assert.equal(body.metadata?.generation, 3);
      assert.equal((await client().get(`${things("finalizers")}/writable`)).status, 404);
    });
  });
};
