import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { createNamespace, thing, things } from "./things.ts";

const path = things("generations");

export const generations: Topic = (client) => {
  describe("the generation", () => {
    before(() => createNamespace(client(), "generations"));

    it("counts changes of the spec and nothing else", async () => {
      const created = await client().post(path, thing("a"));
      const labelled = await client().merge(`${path}/a`, { metadata: { labels: { a: "b" } } });
      const reported = await client().merge(`${path}/a/status`, { status: { phase: "Ready" } });
      const changed = await client().merge(`${path}/a`, { spec: { size: 4 } });
      const same = await client().merge(`${path}/a`, { spec: { size: 4 } });

      const seen = [created, labelled, reported, changed, same].map(({ body }) => body.metadata?.generation);
      assert.deepEqual(seen, [1, 1, 1, 2, 2]);
    });

    it("cannot be chosen", async () => {
      const created = await client().post(path, thing("chosen", {}, { generation: 7 }));
      const patched = await client().merge(`${path}/chosen`, { metadata: { generation: 7 } });

      assert.equal(created.body.metadata?.generation, 1);
      assert.equal(patched.body.metadata?.generation, 1);
    });

    it("counts the begin of a deletion that has to wait", async () => {
      await client().post(path, thing("held", {}, { finalizers: ["contract.example.org/hold"] }));

      const { body } = await client().delete(`${path}/held`);

      assert.equal(body.metadata?.generation, 2);
      assert.notEqual(body.metadata.deletionTimestamp, undefined);
      assert.equal(body.metadata["deletionGracePeriodSeconds"], 0);
      await client().merge(`${path}/held`, { metadata: { finalizers: null } });
    });
  });
};
