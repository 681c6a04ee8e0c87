import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { jsonPatch } from "./json-patch.ts";
import { PatchError } from "./patch-error.ts";

describe("a JSON patch", () => {
  const cases = [
    ["adds a field", { a: 1 }, [{ op: "add", path: "/b", value: 2 }], { a: 1, b: 2 }],
    ["inserts an item", { a: [1, 3] }, [{ op: "add", path: "/a/1", value: 2 }], { a: [1, 2, 3] }],
    ["appends an item", { a: [1] }, [{ op: "add", path: "/a/-", value: 2 }], { a: [1, 2] }],
    ["removes an item", { a: [1, 2] }, [{ op: "remove", path: "/a/0" }], { a: [2] }],
    ["replaces an item", { a: [1, 2] }, [{ op: "replace", path: "/a/1", value: 3 }], { a: [1, 3] }],
    ["moves a field", { a: 1 }, [{ op: "move", from: "/a", path: "/b" }], { b: 1 }],
    ["copies a field", { a: 1 }, [{ op: "copy", from: "/a", path: "/b" }], { a: 1, b: 1 }],
    [
      "goes on after a test that holds",
      { a: { b: [1] } },
      [
        { op: "test", path: "/a", value: { b: [1] } },
        { op: "remove", path: "/a" },
      ],
      {},
    ],
    ["unescapes its paths", { "a/b": { "c~d": 1 } }, [{ op: "remove", path: "/a~1b/c~0d" }], { "a/b": {} }],
    ["finds nothing and null the same", {}, [{ op: "test", path: "/a", value: null }], {}],
  ] as const;
  for (const [name, target, patch, expected] of cases) {
    it(name, () => {
      assert.deepEqual(jsonPatch<object>(target, patch), expected);
    });
  }

  const refused = [
    ["a test that fails", [{ op: "test", path: "/a", value: 2 }]],
    ["a field that is not there", [{ op: "remove", path: "/x" }]],
    ["a replacement of nothing", [{ op: "replace", path: "/x", value: 1 }]],
    ["a missing parent", [{ op: "add", path: "/x/y", value: 1 }]],
    ["an index out of range", [{ op: "add", path: "/list/5", value: 1 }]],
    ["an unknown operation", [{ op: "frobnicate", path: "/a" }]],
    ["a missing value", [{ op: "add", path: "/b" }]],
  ] as const;
  for (const [name, patch] of refused) {
    it(`is refused with 422 for ${name}`, () => {
      assert.throws(
        () => jsonPatch<object>({ a: 1, list: [] }, patch),
        (error) => error instanceof PatchError && error.code === 422,
      );
    });
  }

  it("never changes its target", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true }),
        fc.string(),
        fc.jsonValue(),
        (target, key, value) => {
          const before = structuredClone(target);
          const path = `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;

          const added = jsonPatch(target, [{ op: "add", path, value }]);

          assert.deepEqual(target, before);
          assert.deepEqual(jsonPatch(added, [{ op: "test", path, value }]), added);
        },
      ),
    );
  });
});
