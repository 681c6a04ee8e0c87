import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { Topic } from "./topic.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";

const path = configMaps("lists");
const NAMES = ["a", "b", "c", "d", "e"];

function names({ items }: Body): readonly (string | undefined)[] {
  return (items ?? []).map(({ metadata }) => metadata?.name);
}

export const lists: Topic = (client) => {
  describe("lists", () => {
    before(async () => {
      await createNamespace(client(), "lists");
      for (const name of NAMES.toReversed()) {
        await client().post(path, configMap(name));
        await client().post(things("lists"), thing(name));
      }
    });

    it("come in the order of names", async () => {
      const { body } = await client().get(path);

      assert.equal(body.kind, "ConfigMapList");
      assert.equal(body.apiVersion, "v1");
      assert.match(String(body.metadata?.resourceVersion), /^\d+$/u);
      assert.deepEqual(
        names(body).filter((name) => name !== "kube-root-ca.crt"),
        NAMES,
      );
    });

    it("come in pages that show one state", async () => {
      const first = await client().get(`${things("lists")}?limit=2`);
      await client().post(things("lists"), thing("aa"));
      const second = await client().get(`${things("lists")}?limit=2&continue=${first.body.metadata?.continue ?? ""}`);
      const third = await client().get(`${things("lists")}?limit=2&continue=${second.body.metadata?.continue ?? ""}`);
      await client().delete(`${things("lists")}/aa`);

      assert.deepEqual(
        [first, second, third].map(({ body }) => names(body)),
        [["a", "b"], ["c", "d"], ["e"]],
      );
      assert.deepEqual(
        [first, second, third].map(({ body }) => body.metadata?.remainingItemCount),
        [3, 1, undefined],
      );
      assert.equal(second.body.metadata?.resourceVersion, first.body.metadata?.resourceVersion);
      assert.equal(third.body.metadata?.continue ?? "", "");
    });

    it("refuse a continue token that is none", async () => {
      const { status, body } = await client().get(`${path}?limit=2&continue=nonsense`);

      assert.equal(status, 400);
      assert.match(String(body.message), /^invalid continue token: continue key is not valid: /u);
    });

    it("leave out kind and version of built-ins, and keep those of custom resources", async () => {
      const builtins = await client().get(path);
      const customs = await client().get(things("lists"));

      assert.equal(builtins.body.items?.[0]?.kind, undefined);
      assert.equal(customs.body.items?.[0]?.kind, "Thing");
      assert.equal(customs.body.items[0].apiVersion, "contract.example.org/v1");
      assert.equal(customs.body.kind, "ThingList");
    });

    it("reach over all namespaces", async () => {
      await createNamespace(client(), "lists-2");
      await client().post(things("lists-2"), thing("z"));

      const { body } = await client().get("/apis/contract.example.org/v1/things?fieldSelector=metadata.name%3Dz");

      assert.deepEqual(
        body.items?.map(({ metadata }) => metadata?.namespace),
        ["lists-2"],
      );
    });

    it("are empty lists where nothing is", async () => {
      const { status, body } = await client().get(things("nowhere"));

      assert.deepEqual([status, body.items], [200, []]);
    });

    it("show only metadata on request", async () => {
      const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

      const { body } = await client().get(things("lists"), accept);

      assert.equal(body.kind, "PartialObjectMetadataList");
      assert.deepEqual(
        Object.keys(body.items?.[0] ?? {}).toSorted(),
        ["apiVersion", "kind", "metadata"].slice(body.items?.[0]?.kind === undefined ? 2 : 0),
      );
    });

    it("show only the metadata of the first, and say how many more there are", async () => {
      const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

      const { body } = await client().get(`${things("lists")}?limit=2`, accept);

      assert.equal(body.kind, "PartialObjectMetadataList");
      assert.deepEqual(names(body), ["a", "b"]);
      assert.equal(body.items?.[0]?.spec, undefined);
      assert.equal(body.metadata?.remainingItemCount, 3);
      assert.match(String(body.metadata.resourceVersion), /^\d+$/u);
    });
  });
};
