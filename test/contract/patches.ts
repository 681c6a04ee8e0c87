import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";

const path = configMaps("patches");
const UNPROCESSABLE = "the server rejected our request due to an error in our request";

export const patches: Topic = (client) => {
  describe("patches", () => {
    before(() => createNamespace(client(), "patches"));

    it("merge objects and remove what is null", async () => {
      await client().post(path, configMap("merge", { a: "1", b: "2" }));

      const { body } = await client().merge(`${path}/merge`, { data: { a: null, c: "3" } });

      assert.deepEqual(body["data"], { b: "2", c: "3" });
    });

    it("go step by step, guarded by tests", async () => {
      await client().post(path, configMap("json", { a: "1" }, { finalizers: ["example.org/a"] }));
      const steps = [
        { op: "test", path: "/metadata/finalizers", value: ["example.org/a"] },
        { op: "remove", path: "/metadata/finalizers/0" },
        { op: "add", path: "/data/b", value: "2" },
      ];

      const { body } = await client().json(`${path}/json`, steps);
      assert.deepEqual([body.metadata?.finalizers, body["data"]], [undefined, { a: "1", b: "2" }]);

      assertRefused(await client().json(`${path}/json`, steps), 422, "Invalid", UNPROCESSABLE);
    });

    it("are refused when a step has nothing to work on", async () => {
      await client().post(path, configMap("missing"));

      const answer = await client().json(`${path}/missing`, [{ op: "remove", path: "/data/nope" }]);

      assertRefused(answer, 422, "Invalid", UNPROCESSABLE);
    });

    it("are refused when they are no list of steps", async () => {
      await client().post(path, configMap("malformed"));

      const answer = await client().json(`${path}/malformed`, { op: "remove" });

      assert.equal(answer.status, 400);
      assert.match(String(answer.body.message), /^error decoding patch: /u);
    });

    it("merge lists of built-ins by their keys", async () => {
      const labels = { app: "d" };
      const deployments = "/apis/apps/v1/namespaces/patches/deployments";
      const created = await client().post(deployments, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "d" },
        spec: {
          selector: { matchLabels: labels },
          template: {
            metadata: { labels },
            spec: {
              containers: [
                { name: "a", image: "1" },
                { name: "b", image: "1" },
              ],
            },
          },
        },
      });
      assertOK(created, 201);

      const { body } = await client().strategic(`${deployments}/d`, {
        spec: {
          template: {
            spec: {
              containers: [
                { name: "b", image: "2" },
                { name: "a", $patch: "delete" },
              ],
            },
          },
        },
      });

      const { template } = body.spec as { template: { spec: { containers: { name: string; image: string }[] } } };
      assert.deepEqual(
        template.spec.containers.map(({ name, image }) => [name, image]),
        [["b", "2"]],
      );
    });

    it("do not merge strategically what has no Go type", async () => {
      await client().post(things("patches"), thing("strategic"));

      const answer = await client().strategic(`${things("patches")}/strategic`, { spec: { size: 4 } });

      const accepted = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
      assert.equal(answer.status, 415);
      assert.ok(String(answer.body.message).includes(accepted), answer.text);
    });

    it("cannot rename an object", async () => {
      await client().post(path, configMap("named"));

      const answer = await client().merge(`${path}/named`, { metadata: { name: "other" } });

      const message = "the name of the object (other) does not match the name on the URL (named)";
      assertRefused(answer, 400, "BadRequest", message);
    });
  });
};
