import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Body } from "./body.ts";
import type { Topic } from "./topic.ts";
import { assertRefused } from "./refused.ts";
import { createNamespace } from "./things.ts";

const path = "/api/v1/namespaces/secrets/secrets";

function secret(name: string, fields: object): Body {
  return { apiVersion: "v1", kind: "Secret", metadata: { name }, ...fields };
}

export const secrets: Topic = (client) => {
  describe("secrets", () => {
    before(() => createNamespace(client(), "secrets"));

    it("take text and keep it encoded", async () => {
      const { body } = await client().post(path, secret("text", { stringData: { a: "hello" }, data: { b: "aGk=" } }));

      assert.deepEqual(body["data"], { a: "aGVsbG8=", b: "aGk=" });
      assert.equal(body["stringData"], undefined);
      assert.equal(body["type"], "Opaque");
    });

    it("refuse data that is not encoded", async () => {
      const { status, body } = await client().post(path, secret("raw", { data: { a: "***" } }));

      assert.equal(status, 400);
      assert.match(String(body.message), /illegal base64 data at input byte 0/u);
    });

    it("keep their type", async () => {
      await client().post(path, secret("typed", { type: "example.org/a" }));

      const answer = await client().merge(`${path}/typed`, { type: "example.org/b" });

      const error = 'type: Invalid value: "example.org/b": field is immutable';
      assertRefused(answer, 422, "Invalid", `Secret "typed" is invalid: ${error}`);
    });

    it("do not change once they say so", async () => {
      await client().post(path, secret("frozen", { immutable: true, data: { a: "aGk=" } }));

      const answer = await client().merge(`${path}/frozen`, { data: { a: "aGV5" } });

      const error = "data: Forbidden: field is immutable when `immutable` is set";
      assertRefused(answer, 422, "Invalid", `Secret "frozen" is invalid: ${error}`);
    });

    it("of the docker type have to hold a docker configuration", async () => {
      const type = "kubernetes.io/dockerconfigjson";

      const missing = await client().post(path, secret("docker", { type }));

      const message = 'Secret "docker" is invalid: data[.dockerconfigjson]: Required value';
      assertRefused(missing, 422, "Invalid", message);
      const good = secret("docker", { type, stringData: { ".dockerconfigjson": '{"auths":{}}' } });
      assert.equal((await client().post(path, good)).status, 201);
    });
  });
};
