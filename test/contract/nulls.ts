import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";
import type { Topic } from "./topic.ts";

const path = things("nulls");

const KEPT: Readonly<Record<string, unknown>> = { free: { a: null, b: [null, { c: null }] }, until: null };
const DROPPED: readonly (readonly [field: string, value: unknown, left?: unknown])[] = [
  ["version", null],
  ["free", null],
  ["words", null],
  ["port", null],
  ["labels", { a: null }, {}],
];

export const nulls: Topic = (client) => {
  describe("nulls", () => {
    before(() => createNamespace(client(), "nulls"));

    it("stay where the schema allows them", async () => {
      const created = await client().post(path, thing("kept", KEPT));
      const applied = await client().apply(`${path}/kept-applied?fieldManager=me`, thing("kept-applied", KEPT));

      assert.deepEqual(created.body.spec, { mode: "auto", size: 3, ...KEPT });
      assert.deepEqual(applied.body.spec, { mode: "auto", size: 3, ...KEPT });
    });

    for (const [field, value, left] of DROPPED) {
      it(`go from where the schema has none, and are refused in what is applied: ${field}`, async () => {
        const created = await client().post(path, thing(`dropped-${field}`, { [field]: value }));
        const name = `applied-${field}`;
        const applied = await client().apply(`${path}/${name}?fieldManager=me`, thing(name, { [field]: value }));

        assert.deepEqual(created.body.spec?.[field], left);
        assert.equal(applied.status, 422, applied.text);
        assert.match(String(applied.body.message), /Invalid value: "null": spec\.[a-z.]+ in body must be of type/u);
      });
    }

    it("are empty texts where all values are texts", async () => {
      const metadata = { labels: { a: null }, annotations: { b: null } };

      const map = await client().post(configMaps("nulls"), { ...configMap("texts", {}, metadata), data: { c: null } });
      const custom = await client().post(path, thing("texts", {}, metadata));

      assert.deepEqual(map.body["data"], { c: "" });
      for (const { body } of [map, custom]) {
        assert.deepEqual([body.metadata?.labels, body.metadata?.["annotations"]], [{ a: "" }, { b: "" }]);
      }
    });
  });
};
