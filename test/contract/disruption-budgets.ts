import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { Topic } from "./topic.ts";
import { createNamespace } from "./things.ts";

const TABLE = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

const path = "/apis/policy/v1/namespaces/budgets/poddisruptionbudgets";

function budget(name: string, maxUnavailable: number): Body {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name },
    spec: { maxUnavailable, selector: { matchLabels: { app: name } } },
  };
}

export const disruptionBudgets: Topic = (client) => {
  describe("disruption budgets", () => {
    before(() => createNamespace(client(), "budgets"));

    it("start out with nothing counted, whatever status they are written with", async () => {
      const created = await client().post(path, { ...budget("a", 1), status: { currentHealthy: 7 } });

      assert.equal(created.status, 201);
      assert.equal(created.body.metadata?.generation, 1);
      assert.deepEqual(created.body["status"], {
        currentHealthy: 0,
        desiredHealthy: 0,
        disruptionsAllowed: 0,
        expectedPods: 0,
      });
    });

    it("count the changes of their spec, and take no status with it", async () => {
      await client().post(path, budget("b", 1));

      const { body } = await client().merge(`${path}/b`, {
        spec: { maxUnavailable: 2 },
        status: { currentHealthy: 7 },
      });

      assert.equal(body.metadata?.generation, 2);
      assert.equal(body.spec?.["maxUnavailable"], 2);
      assert.equal((body["status"] as Readonly<Record<string, unknown>>)["currentHealthy"], 0);
    });

    it("are shown with what they allow", async () => {
      await client().post(path, budget("c", 1));

      const { body } = await client().get(`${path}/c`, TABLE);

      const { rows } = body as unknown as { readonly rows: readonly { readonly cells: readonly unknown[] }[] };
      assert.deepEqual(rows[0]?.cells.slice(0, 4), ["c", "N/A", "1", 0]);
    });
  });
};
