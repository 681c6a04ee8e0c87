import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { Topic } from "./topic.ts";
import { assertOK } from "./refused.ts";
import { createNamespace } from "./things.ts";

const path = "/apis/coordination.k8s.io/v1/namespaces/leases/leases";

function lease(name: string, holderIdentity: string, metadata: object = {}): Body {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name, ...metadata },
    spec: { holderIdentity, leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" },
  };
}

export const leases: Topic = (client) => {
  describe("leases", () => {
    before(() => createNamespace(client(), "leases"));

    it("go to whoever is first", async () => {
      const created = await client().post(path, lease("a", "one"));
      const { resourceVersion } = created.body.metadata ?? {};

      const renewed = await client().put(`${path}/a`, lease("a", "one", { resourceVersion }));
      const taken = await client().put(`${path}/a`, lease("a", "two", { resourceVersion }));

      assertOK(renewed);
      assert.equal(renewed.body.metadata?.resourceVersion, resourceVersion);
      assertOK(taken);
      const late = await client().put(`${path}/a`, lease("a", "three", { resourceVersion }));
      assert.equal(late.status, 409);
      assert.equal(late.body.reason, "Conflict");
    });

    it("keep times to the microsecond", async () => {
      const { body } = await client().post(path, lease("times", "one"));

      assert.equal(body.spec?.["renewTime"], "2026-01-01T00:00:00.000000Z");
    });

    it("are given back by an empty holder", async () => {
      await client().post(path, lease("back", "one"));

      const { body } = await client().merge(`${path}/back`, { spec: { holderIdentity: "" } });

      assert.equal(body.spec?.["holderIdentity"], "");
    });
  });
};
