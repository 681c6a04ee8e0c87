import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { valueAt } from "../../sim/value-at.ts";
import type { Body } from "./body.ts";
import { assertOK } from "./refused.ts";
import { createNamespace } from "./things.ts";
import type { Topic } from "./topic.ts";

const path = "/api/v1/namespaces/pods/pods";
const GRACE_SECONDS = 17;

function pod(name: string, nodeName?: string): Body {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: {
      terminationGracePeriodSeconds: GRACE_SECONDS,
      containers: [{ name: "main", image: "example.com/main:v1" }],
      ...(nodeName !== undefined && { nodeName }),
    },
  };
}

export const pods: Topic = (client) => {
  describe("pods", () => {
    before(async () => {
      await createNamespace(client(), "pods");
      // Pods run as this account, which controllers make only where they run.
      await client().post("/api/v1/namespaces/pods/serviceaccounts", {
        apiVersion: "v1",
        kind: "ServiceAccount",
        metadata: { name: "default" },
      });
    });

    it("that are on a node stay until the node has ended them, and deletes them for good", async () => {
      assertOK(await client().post(path, pod("running", "node-1")), 201);

      const deleted = await client().delete(`${path}/running`);

      assertOK(deleted);
      const { deletionGracePeriodSeconds, deletionTimestamp } = deleted.body.metadata ?? {};
      assert.equal(deletionGracePeriodSeconds, GRACE_SECONDS);
      // The time at which they are to have ended.
      const remainingMs = Date.parse(deletionTimestamp ?? "") - Date.now();
      assert.ok(remainingMs > 0 && remainingMs <= GRACE_SECONDS * 1000, String(remainingMs));
      assertOK(await client().get(`${path}/running`));
      assertOK(await client().delete(`${path}/running`, { gracePeriodSeconds: 0 }));
      assert.equal((await client().get(`${path}/running`)).status, 404);
    });

    it("that are on no node go at once", async () => {
      assertOK(await client().post(path, pod("waiting")), 201);

      assertOK(await client().delete(`${path}/waiting`));

      assert.equal((await client().get(`${path}/waiting`)).status, 404);
    });

    it("that have ended go at once", async () => {
      assertOK(await client().post(path, pod("over", "node-1")), 201);
      assertOK(await client().merge(`${path}/over/status`, { status: { phase: "Succeeded" } }));

      assertOK(await client().delete(`${path}/over`));

      assert.equal((await client().get(`${path}/over`)).status, 404);
    });

    it("are shown with why their containers do not run", async () => {
      assertOK(await client().post(path, pod("completed", "node-1")), 201);
      const terminated = { exitCode: 0, reason: "Completed" };
      const containerStatuses = [
        { name: "main", image: "a", imageID: "", ready: false, restartCount: 0, state: { terminated } },
      ];
      assertOK(await client().merge(`${path}/completed/status`, { status: { phase: "Succeeded", containerStatuses } }));

      const { body } = await client().get(
        `${path}/completed`,
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
      );

      assert.deepEqual(cellsOf(body), ["completed", "0/1", "Completed", "0"]);
    });
  });
};

function cellsOf(table: unknown): unknown {
  const rows = valueAt(table, "rows");
  const cells = valueAt(Array.isArray(rows) ? rows[0] : undefined, "cells");
  return Array.isArray(cells) ? cells.slice(0, 4) : undefined;
}
