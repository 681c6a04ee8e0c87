import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import type { Topic } from "./topic.ts";
import { assertOK } from "./refused.ts";
import { createNamespace, thing, things } from "./things.ts";

const path = things("validation");
const SKIPPED =
  "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; " +
  "correct the existing errors to complete validation";

type Case = readonly [what: string, spec: Readonly<Record<string, unknown>>, errors: readonly string[]];

const CASES: readonly Case[] = [
  ["a missing field", { mode: undefined }, ["spec.mode: Required value", SKIPPED]],
  [
    "a value that is not offered",
    { mode: "other" },
    ['spec.mode: Unsupported value: "other": supported values: "auto", "manual"', SKIPPED],
  ],
  ["a pattern", { version: "1" }, [`spec.version: Invalid value: "1": spec.version in body should match '^v[0-9]+$'`]],
  ["a text that is too long", { version: "v12345" }, ["spec.version: Too long: may not be more than 5 bytes", SKIPPED]],
  [
    "a number that is too small",
    { size: 0 },
    ["spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"],
  ],
  [
    "a number that is too large",
    { size: 11 },
    ["spec.size: Invalid value: 11: spec.size in body should be less than or equal to 10"],
  ],
  [
    "another type",
    { size: "3" },
    ['spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"', SKIPPED],
  ],
  [
    "an object instead of a text",
    { version: {} },
    ['spec.version: Invalid value: "object": spec.version in body must be of type string: "object"', SKIPPED],
  ],
  [
    "neither integer nor text",
    { port: true },
    ['spec.port: Invalid value: "boolean": spec.port in body must be of type integer,string: "boolean"', SKIPPED],
  ],
  ["too many items", { words: ["a", "b", "c", "d"] }, ["spec.words: Too many: 4: must have at most 3 items", SKIPPED]],
  ["a repeated item of a set", { tags: ["a", "a"] }, ['spec.tags[1]: Duplicate value: "a"']],
  ["a repeated key", { parts: [{ name: "x" }, { name: "x" }] }, ['spec.parts[1]: Duplicate value: {"name":"x"}']],
  ["an item without its key", { parts: [{}] }, ["spec.parts[0].name: Required value", SKIPPED]],
  [
    "a time that is none",
    { until: "soon" },
    ['spec.until: Invalid value: "soon": spec.until in body must be of type date-time: "soon"', SKIPPED],
  ],
  [
    "an entry of a map of another type",
    { labels: { a: 1 } },
    ['spec.labels.a: Invalid value: "integer": spec.labels.a in body must be of type string: "integer"', SKIPPED],
  ],
  ["a rule", { mode: "manual" }, ["spec: Invalid value: version is required in manual mode"]],
];

export const crdValidation: Topic = (client) => {
  describe("validation of custom resources", () => {
    before(() => createNamespace(client(), "validation"));

    for (const [what, spec, errors] of CASES) {
      it(`names ${what}`, async () => {
        const { status, body } = await client().post(path, thing("a", spec));

        const all = errors.length === 1 ? errors.join("") : `[${errors.join(", ")}]`;
        assert.equal(body.message, `Thing.contract.example.org "a" is invalid: ${all}`);
        assert.deepEqual([status, body.reason], [422, "Invalid"]);
        assert.deepEqual(
          body.details?.causes?.map(({ field = "", message = "" }) => `${field}: ${message}`),
          errors,
        );
      });
    }

    it("takes what is right", async () => {
      const spec = { version: "v1", port: "http", tags: ["a", "b"], until: "2026-01-01T00:00:00Z", words: [] };

      assertOK(await client().post(path, thing("right", spec)), 201);
      assertOK(await client().merge(`${path}/right`, { spec: { port: 80, until: null } }));
    });

    it("compares with the object before the update", async () => {
      await client().post(path, thing("fixed", { fixed: "a" }));

      assertOK(await client().merge(`${path}/fixed`, { spec: { size: 4 } }));
      const { status, body } = await client().merge(`${path}/fixed`, { spec: { fixed: "b" } });

      const error = 'spec.fixed: Invalid value: "b": fixed is immutable';
      assert.deepEqual([status, body.message], [422, `Thing.contract.example.org "fixed" is invalid: ${error}`]);
      assertOK(await client().merge(`${path}/fixed`, { spec: { fixed: null } }));
    });

    it("refuses a CRD with a rule that nobody can evaluate", async () => {
      const crd = {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "bads.contract.example.org" },
        spec: {
          group: "contract.example.org",
          scope: "Cluster",
          names: { plural: "bads", kind: "Bad" },
          versions: [
            {
              name: "v1",
              served: true,
              storage: true,
              schema: {
                openAPIV3Schema: {
                  type: "object",
                  "x-kubernetes-validations": [{ rule: "self.frobnicate()" }],
                },
              },
            },
          ],
        },
      };

      const { status, body } = await client().post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", crd);

      assert.equal(status, 422);
      assert.match(String(body.message), /x-kubernetes-validations\[0\]\.rule: Invalid value: .*compilation failed/u);
    });
  });
};
