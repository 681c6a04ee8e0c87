import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { ContractClient } from "./contract-client.ts";
import type { Topic } from "./topic.ts";
import { assertOK } from "./refused.ts";
import { configMap, configMaps, createNamespace } from "./things.ts";
import { waitFor } from "./wait.ts";

const path = configMaps("garbage");

function ownedBy(owner: Body, more: object = {}): object {
  const { name, uid } = owner.metadata ?? {};
  return { ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name, uid, ...more }] };
}

async function family(client: ContractClient, name: string, more: object = {}): Promise<Body> {
  const owner = await client.post(path, configMap(name));
  const child = await client.post(path, configMap(`${name}-child`, {}, ownedBy(owner.body, more)));
  assertOK(child, 201);
  return owner.body;
}

export const garbageCollection: Topic = (client) => {
  describe("garbage collection", () => {
    before(() => createNamespace(client(), "garbage"));

    it("removes what belongs to something that is gone", async () => {
      await family(client(), "background");

      await client().delete(`${path}/background`, { propagationPolicy: "Background" });

      await waitFor(client(), path, "background-child", (object) => object === undefined);
    });

    it("removes children first on request", async () => {
      await family(client(), "foreground", { blockOwnerDeletion: true });

      const { body } = await client().delete(`${path}/foreground`, { propagationPolicy: "Foreground" });

      assert.deepEqual(body.metadata?.finalizers, ["foregroundDeletion"]);
      await waitFor(client(), path, "foreground", (object) => object === undefined);
      assert.equal((await client().get(`${path}/foreground-child`)).status, 404);
    });

    it("leaves children as orphans on request", async () => {
      await family(client(), "orphan");

      await client().delete(`${path}/orphan`, { propagationPolicy: "Orphan" });

      await waitFor(client(), path, "orphan", (object) => object === undefined);
      const { status, body } = await client().get(`${path}/orphan-child`);
      assert.deepEqual([status, body.metadata?.["ownerReferences"]], [200, undefined]);
    });

    it("keeps what still has another owner", async () => {
      const first = await client().post(path, configMap("first"));
      const second = await client().post(path, configMap("second"));
      const references = [first, second].flatMap(
        ({ body }) => (ownedBy(body) as { ownerReferences: object[] }).ownerReferences,
      );
      await client().post(path, configMap("shared", {}, { ownerReferences: references }));

      await client().delete(`${path}/first`);

      const left = await waitFor(
        client(),
        path,
        "shared",
        (object) => (object?.metadata?.["ownerReferences"] as object[] | undefined)?.length === 1,
      );
      assert.deepEqual(left?.metadata?.["ownerReferences"], references.slice(1));
    });

    it("removes what names an owner that never was", async () => {
      const nobody = { metadata: { name: "nobody", uid: "00000000-0000-4000-8000-000000000000" } };
      await client().post(path, configMap("stray", {}, ownedBy(nobody)));

      await waitFor(client(), path, "stray", (object) => object === undefined);
    });
  });
};
