import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Body } from "./body.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";
import type { Topic } from "./topic.ts";

const MIB = 1_048_576;

function secret(name: string, bytes: number): Body {
  const data = { a: Buffer.alloc(bytes, "x").toString("base64") };
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, data };
}

function largeThing(name: string, bytes: number): Body {
  return thing(name, { free: { text: "x".repeat(bytes) } });
}

export const sizes: Topic = (client) => {
  describe("sizes", () => {
    const secrets = "/api/v1/namespaces/sizes/secrets";
    before(() => createNamespace(client(), "sizes"));

    it("of bodies end at three megabytes", async () => {
      const message = `Request entity too large: limit is ${3 * MIB}`;

      const created = await client().post(things("sizes"), largeThing("huge", 3 * MIB));
      const patched = await client().merge(`${things("sizes")}/huge`, largeThing("huge", 3 * MIB));

      assertRefused(created, 413, "RequestEntityTooLarge", message);
      assertRefused(patched, 413, "RequestEntityTooLarge", message);
    });

    it("of objects end at what etcd takes", async () => {
      assertOK(await client().post(things("sizes"), largeThing("large", 1.4 * MIB)), 201);
      const created = await client().post(things("sizes"), largeThing("larger", 1.6 * MIB));
      const path = `${things("sizes")}/large?fieldManager=sizes&force=true`;
      const applied = await client().apply(path, largeThing("large", 1.6 * MIB));
      const largest = await client().post(things("sizes"), largeThing("largest", 2.5 * MIB));

      for (const { status, body } of [created, applied]) {
        assert.deepEqual([status, body.reason, body.message], [500, undefined, "etcdserver: request is too large"]);
      }
      assert.equal(largest.status, 500);
      assert.match(String(largest.body.message), /trying to send message larger than max \(\d+ vs\. 2097152\)$/u);
    });

    it("of Secrets and ConfigMaps end at a megabyte", async () => {
      assertOK(await client().post(secrets, secret("full", MIB)), 201);
      assertOK(await client().post(configMaps("sizes"), configMap("full", { a: "x".repeat(MIB) })), 201);
      const message = "Too long: may not be more than 1048576 bytes";

      const tooLarge = await client().post(secrets, secret("over", MIB + 1));
      const over = configMap("over", { a: "x".repeat(MIB), b: "x" });

      assertRefused(tooLarge, 422, "Invalid", `Secret "over" is invalid: data: ${message}`);
      const refused = await client().post(configMaps("sizes"), over);
      assertRefused(refused, 422, "Invalid", `ConfigMap "over" is invalid: []: ${message}`);
    });
  });
};
