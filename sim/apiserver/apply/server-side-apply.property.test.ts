import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import type { JsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { fromFieldsV1, toFieldsV1 } from "./fields-v1.ts";
import { fieldSetOf, pathsOf } from "./field-set.ts";
import { serverSideApply } from "./server-side-apply.ts";

const write = { apiVersion: "example.org/v1", time: "2020-01-01T00:00:00Z", force: true } as const;

const values: fc.Arbitrary<JsonObject> = fc.dictionary(
  fc.constantFrom("a", "b", "c"),
  fc.oneof(
    fc.integer(),
    fc.array(fc.integer(), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom("x", "y"), fc.integer(), { minKeys: 1, noNullPrototype: true }),
  ),
  { noNullPrototype: true },
);

function thing(spec: JsonObject): Obj {
  return { apiVersion: "example.org/v1", kind: "Thing", metadata: { name: "a" }, spec };
}

function applyAll(specs: readonly (readonly [manager: string, spec: JsonObject])[]): Obj {
  let live: Obj | undefined;
  for (const [manager, spec] of specs) {
    const result = serverSideApply({ ...write, ...(live !== undefined && { live }), manager, applied: thing(spec) });
    assert.ok("object" in result);
    live = result.object;
  }
  return live ?? thing({});
}

it("applying the same twice changes nothing the second time", () => {
  fc.assert(
    fc.property(values, values, (other, spec) => {
      const live = applyAll([
        ["you", other],
        ["me", spec],
      ]);

      const again = serverSideApply({
        ...write,
        live,
        manager: "me",
        applied: thing(spec),
        time: "2021-01-01T00:00:00Z",
      });

      assert.ok("object" in again);
      assert.equal(again.object, live);
    }),
  );
});

it("a lone applier ends where a fresh apply of its last wish ends", () => {
  fc.assert(
    fc.property(values, values, (first, last) => {
      const changed = applyAll([
        ["me", { keep: 1, ...first }],
        ["me", { keep: 1, ...last }],
      ]);

      assert.deepEqual(changed, applyAll([["me", { keep: 1, ...last }]]));
    }),
  );
});

it("field sets survive being written and read", () => {
  const elements = fc.constantFrom("f:a", "f:b", 'k:{"name":"x"}', 'v:"y"');
  fc.assert(
    fc.property(fc.array(fc.array(elements, { minLength: 1, maxLength: 4 })), (paths) => {
      const set = fieldSetOf(paths);

      assert.deepEqual([...pathsOf(fromFieldsV1(toFieldsV1(set)))], [...pathsOf(set)]);
    }),
  );
});
