import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { createNamespace, thing, things } from "./things.ts";

const path = things("defaulting");

export const defaulting: Topic = (client) => {
  describe("defaults and unknown fields", () => {
    before(() => createNamespace(client(), "defaulting"));

    it("are filled in, also inside of lists", async () => {
      const { body } = await client().post(path, thing("a", { parts: [{ name: "x" }, { name: "y", on: false }] }));

      assert.deepEqual(body.spec, {
        mode: "auto",
        size: 3,
        parts: [
          { name: "x", on: true },
          { name: "y", on: false },
        ],
      });
    });

    it("take the place of null, and null elsewhere is dropped", async () => {
      const { body } = await client().post(path, thing("nulls", { size: null, version: null, until: null }));

      assert.deepEqual(body.spec, { mode: "auto", size: 3, until: null });
    });

    it("come back when a field is removed", async () => {
      await client().post(path, thing("back", { size: 5 }));

      const { body } = await client().merge(`${path}/back`, { spec: { size: null } });

      assert.equal(body.spec?.["size"], 3);
    });

    it("are dropped in silence, except where everything is preserved", async () => {
      const spec = {
        bogus: 1,
        free: { any: { deep: [1, null] } },
        parts: [{ name: "x", bogus: 1 }],
        labels: { any: "l" },
      };

      const { body } = await client().post(`${path}?fieldValidation=Ignore`, {
        ...thing("unknown", spec),
        other: 1,
      });

      assert.equal(body["other"], undefined);
      assert.deepEqual(body.spec, {
        mode: "auto",
        size: 3,
        free: { any: { deep: [1, null] } },
        parts: [{ name: "x", on: true }],
        labels: { any: "l" },
      });
    });
  });
};
