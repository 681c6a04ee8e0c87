import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { crdProblems } from "./crd-problems.ts";

const spec = {
  type: "object",
  required: ["size"],
  properties: {
    size: { type: "string", enum: ["small", "large"] },
    list: { type: "array", items: { type: "object", properties: { name: { type: "string", minLength: 1 } } } },
  },
};
const problemsOf = crdProblems({
  spec: { names: { kind: "Test" }, versions: [{ schema: { openAPIV3Schema: { properties: { spec } } } }] },
});

describe("crdProblems", () => {
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ size: "small", list: [{ name: "a" }] }, []],
    [{}, ["spec: must have required property 'size'"]],
    [{ size: "huge" }, ['spec.size: must be equal to one of the allowed values (small, large), found "huge"']],
    [{ size: "small", list: "a" }, ["spec.list: must be array, found string"]],
    [{ size: "small", list: [null] }, ["spec.list[0]: must be object, found null"]],
    [
      { size: "small", list: [{ name: "a" }, { name: "" }] },
      ["spec.list[1].name: must NOT have fewer than 1 characters, found 0"],
    ],
  ];
  for (const [value, expected] of cases) {
    it(`says of ${JSON.stringify(value)} where, what is found and what is expected`, () => {
      const object = { apiVersion: "v1", kind: "Thing", metadata: { name: "a" }, spec: value };

      assert.deepEqual(problemsOf(object), expected);
    });
  }

  it("repeats no value that may be a secret", () => {
    const object = {
      apiVersion: "v1",
      kind: "Thing",
      metadata: { name: "a" },
      spec: { size: "small", list: "hunter2" },
    };

    assert.ok(!problemsOf(object).join().includes("hunter2"));
  });
});
