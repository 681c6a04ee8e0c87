import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";

import { mergeValues } from "./merge-values.ts";

const values = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });

describe("mergeValues", () => {
  it("merges maps, and replaces everything else", () => {
    const base = { manager: { replicas: 1, env: [{ name: "A" }], logging: { level: "info" } }, crds: true };
    const over = { manager: { env: [{ name: "B" }], logging: { format: "json" } }, crds: { enabled: false } };

    assert.deepEqual(mergeValues(base, over), {
      manager: { replicas: 1, env: [{ name: "B" }], logging: { level: "info", format: "json" } },
      crds: { enabled: false },
    });
  });

  it("keeps null, by which Helm removes a default of the chart", () => {
    assert.deepEqual(mergeValues({ manager: { a: 1 } }, { manager: { a: null } }), { manager: { a: null } });
  });

  it("replaces an integer that no double holds, and lays nothing into one", () => {
    const merged = mergeValues({ a: 9007199254740993n, b: 9007199254740993n }, { a: 9007199254740995n });

    assert.deepEqual(merged, { a: 9007199254740995n, b: 9007199254740993n });
  });

  it("takes a field that is called like something every object has as any other", () => {
    const over = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as Record<string, unknown>;

    const merged = mergeValues({}, over);

    assert.deepEqual(Object.keys(merged), ["__proto__", "constructor"]);
    assert.equal(Object.getPrototypeOf(merged), Object.prototype);
  });

  it("changes nothing when it lays values over themselves, over nothing, or nothing over them", () => {
    fc.assert(
      fc.property(values, (some) => {
        assert.deepEqual(mergeValues(some, some), some);
        assert.deepEqual(mergeValues({}, some), some);
        assert.deepEqual(mergeValues(some, {}), some);
      }),
    );
  });
});
