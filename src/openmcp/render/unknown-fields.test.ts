import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { ProviderCrd } from "../platform/read-crd.ts";
import { unknownFields } from "./unknown-fields.ts";

const text = { type: "string" };
const spec = {
  properties: {
    name: text,
    list: { type: "array", items: { type: "object", properties: { a: text } } },
    texts: { type: "object", additionalProperties: text },
    values: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
  },
};

function crd(): ProviderCrd {
  const versions = [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { properties: { spec } } } }];
  const names = { kind: "Thing", plural: "things" };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.com" },
    spec: { group: "example.com", names, scope: "Namespaced", versions },
  };
}

describe("unknownFields", () => {
  const rows: readonly [string, object, readonly string[]][] = [
    ["none in an object as it should be", { name: "a", list: [{ a: "b" }], texts: { x: "y" } }, []],
    ["a slip of the pen", { nmae: "a" }, ["spec.nmae"]],
    ["one in an item of a list", { list: [{ a: "b" }, { b: 1 }] }, ["spec.list[1].b"]],
    ["none in values, which have no schema", { values: { any: { thing: 1 } } }, []],
  ];
  for (const [name, value, expected] of rows) {
    it(`finds ${name}`, () => {
      const object = { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "a" }, spec: value };

      assert.deepEqual(unknownFields([crd()], object), expected);
    });
  }

  it("judges no kind that it has no schema of", () => {
    const object = { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, spec: { any: 1 } };

    assert.deepEqual(unknownFields([crd()], object), []);
  });
});
