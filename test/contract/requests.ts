import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertOK, assertRefused } from "./refused.ts";
import { configMap, configMaps, createNamespace, thing, things } from "./things.ts";

const path = configMaps("requests");

export const requests: Topic = (client) => {
  describe("requests that make no sense", () => {
    before(() => createNamespace(client(), "requests"));

    it("are refused when the names in path and body differ", async () => {
      await client().post(path, configMap("here"));

      assertRefused(
        await client().put(`${path}/here`, configMap("there")),
        400,
        "BadRequest",
        "the name of the object (there) does not match the name on the URL (here)",
      );
    });

    it("are refused when the namespaces in path and body differ", async () => {
      assertRefused(
        await client().post(path, configMap("a", {}, { namespace: "elsewhere" })),
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    });

    it("are refused when the body is of another kind", async () => {
      assertRefused(
        await client().post(things("requests"), configMap("a")),
        400,
        "BadRequest",
        "the API version in the data (v1) does not match the expected API version (contract.example.org/v1)",
      );
    });

    it("are refused when the body is no JSON", async () => {
      const answer = await client().call("POST", path, { body: "{nonsense" });

      assert.equal(answer.status, 400);
      assert.equal(answer.body.reason, "BadRequest");
    });

    it("are refused in a media type nobody reads", async () => {
      const answer = await client().call("PATCH", `${path}/here`, { body: {}, contentType: "text/plain" });

      assertRefused(answer, 415, "UnsupportedMediaType", "415: Unsupported Media Type");
    });

    it("get a plain 404 for paths that nothing serves", async () => {
      for (const unknown of ["/nope", "/apis/nope.example.org/v1", "/apis/contract.example.org/v1/nopes"]) {
        const answer = await client().get(unknown);

        assert.equal(answer.status, 404);
        assert.equal(answer.text, "404 page not found\n");
      }
    });

    it("are refused strictly, or warned about, when they hold unknown fields", async () => {
      const body = thing("unknown", { bogus: 1 });

      const strict = await client().post(`${things("requests")}?fieldValidation=Strict`, body);
      const detail = 'strict decoding error: unknown field "spec.bogus"';
      const message = `Thing in version "v1" cannot be handled as a Thing: ${detail}`;
      assertRefused(strict, 400, "BadRequest", message);

      const warned = await client().post(`${things("requests")}?fieldValidation=Warn`, body);
      assertOK(warned, 201);
      assert.equal(warned.headers["warning"], '299 - "unknown field \\"spec.bogus\\""');
      assert.deepEqual(warned.body.spec, { mode: "auto", size: 3 });
    });

    it("are refused in a namespace that is not there", async () => {
      assertRefused(
        await client().post(configMaps("not-there"), configMap("a")),
        404,
        "NotFound",
        'namespaces "not-there" not found',
      );
    });
  });

  describe("the server itself", () => {
    it("says its version and that it is well", async () => {
      assert.match(String((await client().get("/version")).body["gitVersion"]), /^v1\.36\./u);
      for (const probe of ["/healthz", "/livez", "/readyz"]) {
        assert.equal((await client().get(probe)).text, "ok");
      }
    });
  });
};
