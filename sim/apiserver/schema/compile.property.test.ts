import assert from "node:assert/strict";
import { it } from "node:test";
import fc from "fast-check";
import { compileSchema } from "./compile.ts";

const schema = compileSchema({
  type: "object",
  properties: {
    a: { type: "string", default: "x" },
    b: { type: "array", items: { type: "object", properties: { c: { type: "integer", default: 1 } } } },
    d: { type: "object", additionalProperties: { type: "object", properties: { e: { type: "boolean" } } } },
  },
});

const objects = fc.dictionary(fc.constantFrom("a", "b", "c", "d", "e"), fc.jsonValue());

it("pruning and defaulting twice is the same as once", () => {
  fc.assert(
    fc.property(objects, (object) => {
      const once = schema.applyDefaults(schema.prune(object).object);
      const again = schema.prune(once);

      assert.deepEqual(again.dropped, []);
      assert.deepEqual(schema.applyDefaults(again.object), once);
    }),
  );
});

it("what is equal to what was there before is never invalid", () => {
  fc.assert(
    fc.property(objects, (object) => {
      assert.deepEqual(schema.validate(object, structuredClone(object)), []);
    }),
  );
});
