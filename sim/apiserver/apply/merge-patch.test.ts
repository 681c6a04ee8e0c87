import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mergePatch } from "./merge-patch.ts";
import { PatchError } from "./patch-error.ts";

describe("a merge patch", () => {
  it("merges objects, replaces lists and removes what is null", () => {
    const target = { a: { b: 1, c: 2 }, list: [1, 2], gone: true };

    const result: object = mergePatch<object>(target, { a: { b: 3 }, list: [4], gone: null, never: null });

    assert.deepEqual(result, { a: { b: 3, c: 2 }, list: [4] });
  });

  it("leaves no null behind in objects it creates", () => {
    assert.deepEqual(mergePatch<object>({}, { a: { b: null, c: 1 } }), { a: { c: 1 } });
  });

  it("has to be an object", () => {
    assert.throws(() => mergePatch({}, []), PatchError);
  });
});
