import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace, namespace, thing, things } from "./things.ts";
import { waitFor } from "./wait.ts";

const path = "/api/v1/namespaces";

function conditionTypes(object: Body | undefined): readonly string[] {
  const { conditions = [] } = (object?.status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.filter(({ status }) => status === "True").map(({ type }) => type);
}

export const namespaces: Topic = (client) => {
  describe("namespaces", () => {
    it("are born active, labelled and held", async () => {
      const { status, body } = await client().post(path, namespace("born"));

      assert.equal(status, 201);
      assert.deepEqual(body.spec, { finalizers: ["kubernetes"] });
      assert.deepEqual(body.status, { phase: "Active" });
      assert.deepEqual(body.metadata?.labels, { "kubernetes.io/metadata.name": "born" });
    });

    it("take everything in them along", async () => {
      await createNamespace(client(), "full");
      await client().post(configMaps("full"), configMap("a"));
      await client().post(things("full"), thing("a"));

      const { status, body } = await client().delete(`${path}/full`);

      assert.equal(status, 200);
      assert.deepEqual((body.status as { phase: string }).phase, "Terminating");
      await waitFor(client(), path, "full", (object) => object === undefined);
      assert.equal((await client().get(`${configMaps("full")}/a`)).status, 404);
      assert.equal((await client().get(`${things("full")}/a`)).status, 404);
    });

    it("wait for what is held in them, take nothing new, and say so", async () => {
      await createNamespace(client(), "held");
      await client().post(things("held"), thing("a", {}, { finalizers: ["contract.example.org/hold"] }));
      await client().delete(`${path}/held`);

      const answer = await client().post(configMaps("held"), configMap("late"));
      const why = "unable to create new content in namespace held because it is being terminated";
      assertRefused(answer, 403, "Forbidden", `configmaps "late" is forbidden: ${why}`);
      assert.deepEqual(answer.body.details?.causes, [
        { reason: "NamespaceTerminating", message: "namespace held is being terminated", field: "metadata.namespace" },
      ]);

      const waiting = await waitFor(client(), path, "held", (object) =>
        conditionTypes(object).includes("NamespaceFinalizersRemaining"),
      );
      assert.deepEqual(conditionTypes(waiting).toSorted(), [
        "NamespaceContentRemaining",
        "NamespaceFinalizersRemaining",
      ]);

      assertOK(await client().merge(`${things("held")}/a`, { metadata: { finalizers: null } }));
      await waitFor(client(), path, "held", (object) => object === undefined);
    });

    it("want a name that is a DNS label", async () => {
      const { status, body } = await client().post(path, namespace("a.b"));

      assert.equal(status, 422);
      assert.match(
        String(body.message),
        /^Namespace "a\.b" is invalid: metadata\.name: Invalid value: "a\.b": must not contain dots/u,
      );
    });
  });
};
