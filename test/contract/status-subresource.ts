import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertOK } from "./refused.ts";
import { createNamespace, thing, things } from "./things.ts";

const path = things("status");

export const statusSubresource: Topic = (client) => {
  describe("the status subresource", () => {
    before(() => createNamespace(client(), "status"));

    it("is the only way to write the status", async () => {
      const created = await client().post(path, { ...thing("a"), status: { phase: "Early" } });
      const patched = await client().merge(`${path}/a`, { status: { phase: "Early" } });
      const put = await client().put(`${path}/a`, { ...patched.body, status: { phase: "Early" } });

      for (const { body } of [created, patched, put]) {
        assert.equal(body.status, undefined);
      }
      const reported = await client().merge(`${path}/a/status`, { status: { phase: "Ready" } });
      assert.deepEqual(reported.body.status, { phase: "Ready" });
      const later = await client().merge(`${path}/a`, { spec: { size: 5 }, status: { phase: "Other" } });
      assert.deepEqual(later.body.status, { phase: "Ready" });
    });

    it("writes nothing but the status", async () => {
      const created = await client().post(path, thing("b"));

      const { body } = await client().put(`${path}/b/status`, {
        ...created.body,
        metadata: { ...created.body.metadata, labels: { no: "no" } },
        spec: { mode: "auto", size: 9 },
        status: { phase: "Ready" },
      });

      assert.deepEqual(body.spec, { mode: "auto", size: 3 });
      assert.equal(body.metadata?.labels, undefined);
      assert.deepEqual(body.status, { phase: "Ready" });
      assert.equal(body.metadata?.generation, 1);
    });

    it("is validated", async () => {
      await client().post(path, thing("c"));

      const { status, body } = await client().merge(`${path}/c/status`, { status: { phase: 1 } });

      const error = 'status.phase: Invalid value: "integer": phase in body must be of type string: "integer"';
      assert.equal(status, 422);
      assert.ok(String(body.message).includes(error), String(body.message));
    });

    it("can be applied and read", async () => {
      await client().post(path, thing("d"));
      const applied = await client().apply(`${path}/d/status?fieldManager=me`, {
        apiVersion: "contract.example.org/v1",
        kind: "Thing",
        metadata: { name: "d" },
        status: { conditions: [{ type: "Ready", status: "True" }] },
      });

      assertOK(applied);
      assert.deepEqual((await client().get(`${path}/d/status`)).body, applied.body);
      assert.deepEqual(applied.body.spec, { mode: "auto", size: 3 });
    });

    it("is missing for objects that are missing", async () => {
      const { status, body } = await client().merge(`${path}/nope/status`, { status: {} });

      assert.deepEqual([status, body.message], [404, 'things.contract.example.org "nope" not found']);
    });
  });
};
