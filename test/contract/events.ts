import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertOK } from "./refused.ts";
import { createNamespace } from "./things.ts";

const core = "/api/v1/namespaces/events/events";
const modern = "/apis/events.k8s.io/v1/namespaces/events/events";

const regarding = { apiVersion: "v1", kind: "ConfigMap", name: "a", namespace: "events", uid: "u-1" };

export const events: Topic = (client) => {
  describe("events", () => {
    before(() => createNamespace(client(), "events"));

    it("are the same objects in both of their APIs", async () => {
      const created = await client().post(modern, {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: "modern" },
        eventTime: "2026-01-01T00:00:00.000000Z",
        reportingController: "contract.example.org/tests",
        reportingInstance: "one",
        action: "Testing",
        reason: "Tested",
        type: "Normal",
        note: "it was tested",
        regarding,
      });
      assertOK(created, 201);

      const { body } = await client().get(`${core}/modern`);

      assert.equal(body.message, "it was tested");
      assert.deepEqual(body["involvedObject"], regarding);
      assert.equal(body["reportingComponent"], "contract.example.org/tests");
      assert.equal(body.metadata?.uid, created.body.metadata?.uid);
    });

    it("can be picked by what they are about", async () => {
      const event = {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "classic" },
        involvedObject: { ...regarding, name: "b" },
        reason: "Seen",
        message: "seen",
        type: "Warning",
        source: { component: "tests" },
        firstTimestamp: "2026-01-01T00:00:00Z",
        lastTimestamp: "2026-01-01T00:00:00Z",
        count: 1,
      };
      assertOK(await client().post(core, event), 201);

      const selector = encodeURIComponent("involvedObject.name=b,reason=Seen,type=Warning");
      const { body } = await client().get(`${core}?fieldSelector=${selector}`);

      assert.deepEqual(
        body.items?.map(({ metadata }) => metadata?.name),
        ["classic"],
      );
      assertOK(await client().merge(`${core}/classic`, { count: 2, lastTimestamp: "2026-01-01T00:01:00Z" }));
    });

    it("live in the namespace of what they are about", async () => {
      const { status, body } = await client().post(core, {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "astray" },
        involvedObject: { ...regarding, namespace: "elsewhere" },
        reason: "Astray",
        type: "Normal",
      });

      assert.equal(status, 422);
      assert.match(String(body.message), /involvedObject\.namespace: Invalid value: "elsewhere"/u);
    });
  });
};
