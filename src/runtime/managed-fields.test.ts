import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseJson, toJson } from "../kube/json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../kube/object.ts";
import { isApplied, ownManagedFields } from "./managed-fields.ts";

type Json = null | boolean | number | bigint | string | readonly Json[] | { readonly [key: string]: Json };
type FieldSet = { [path: string]: FieldSet };

function isMap(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The fields that an apply owns on a server without a schema: maps field by field, everything else as a whole. */
function fieldsOf(value: Json): FieldSet {
  return isMap(value)
    ? Object.fromEntries(Object.entries(value).map(([key, child]) => [`f:${key}`, fieldsOf(child)]))
    : {};
}

function live(fields: object, entry: Partial<ManagedFieldsEntry>): KubeObject {
  const managedFields: ManagedFieldsEntry[] = [{ manager: "me", operation: "Apply", ...entry }];
  return { apiVersion: "v1", kind: "Thing", metadata: { name: "a", uid: "uid", managedFields }, ...fields };
}

function desired(fields: object): object {
  return { apiVersion: "v1", kind: "Thing", metadata: { name: "a" }, ...fields };
}

function leafPaths(value: Json, prefix: readonly string[] = []): string[][] {
  return isMap(value) && Object.keys(value).length > 0
    ? Object.entries(value).flatMap(([key, child]) => leafPaths(child, [...prefix, key]))
    : [[...prefix]];
}

/** A copy in which `change` has replaced the value at `path`; `undefined` removes the value. */
function changeAt(value: Json, path: readonly string[], change: (leaf: Json) => Json | undefined): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) {
    return change(value);
  }
  assert.ok(isMap(value));
  const child = changeAt(value[key] ?? null, rest, change);
  const others = Object.entries(value).filter(([other]) => other !== key);
  return Object.fromEntries(child === undefined ? others : [...others, [key, child]]);
}

/** Adds a field of another manager to each map. */
function withForeign(value: Json): Json {
  return isMap(value)
    ? { ...Object.fromEntries(Object.entries(value).map(([key, child]) => [key, withForeign(child)])), foreign: 1 }
    : value;
}

const integer = fc
  .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
  .map((exact) => (parseJson(`[${exact}]`) as [number | bigint])[0]);
const scalar = fc.oneof(fc.string(), fc.integer(), integer, fc.boolean());
const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    scalar,
    fc.array(scalar, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "b", "c", "constructor"), tie("tree"), { minKeys: 1, noNullPrototype: true }),
  ),
}));
const spec = fc.dictionary(fc.constantFrom("a", "b", "c"), tree, { minKeys: 1, noNullPrototype: true });

const specAndLeaf = spec.chain((value) => fc.tuple(fc.constant(value), fc.constantFrom(...leafPaths(value))));

describe("isApplied", () => {
  it("holds right after an apply, whatever others own beside it", () => {
    fc.assert(
      fc.property(spec, (value) => {
        const object = live({ spec: withForeign(value) }, { fieldsV1: fieldsOf({ spec: value }) });

        assert.equal(isApplied(object, desired({ spec: value }), "me"), true);
      }),
    );
  });

  it("does not hold once any leaf has another value", () => {
    fc.assert(
      fc.property(specAndLeaf, ([value, path]) => {
        const drifted = changeAt(value, path, (leaf) => ({ was: leaf }));
        const object = live({ spec: drifted }, { fieldsV1: fieldsOf({ spec: value }) });

        assert.equal(isApplied(object, desired({ spec: value }), "me"), false);
      }),
    );
  });

  it("does not hold once any leaf is wanted no more", () => {
    fc.assert(
      fc.property(specAndLeaf, ([value, path]) => {
        const object = live({ spec: value }, { fieldsV1: fieldsOf({ spec: value }) });
        const less = changeAt(value, path, () => undefined);

        assert.equal(isApplied(object, desired({ spec: less }), "me"), false);
      }),
    );
  });

  it("does not hold while any leaf is not owned, even if it has the wanted value", () => {
    fc.assert(
      fc.property(specAndLeaf, ([value, path]) => {
        const less = changeAt(value, path, () => undefined) ?? {};
        // A map without fields looks like a map that is owned as a whole.
        fc.pre(!toJson(less).includes("{}"));
        const object = live({ spec: value }, { fieldsV1: fieldsOf({ spec: less }) });

        assert.equal(isApplied(object, desired({ spec: value }), "me"), false);
      }),
    );
  });

  it("looks at nothing but what the manager applied to the object itself", () => {
    const fields = { spec: { a: 1 } };
    const fieldsV1 = { "f:spec": { "f:a": {} } };

    const others = [{ manager: "other" }, { operation: "Update" as const }, { subresource: "status" }];

    for (const entry of others) {
      assert.equal(isApplied(live(fields, { fieldsV1, ...entry }), desired(fields), "me"), false);
    }
    assert.equal(isApplied(live(fields, { fieldsV1 }), desired(fields), "me"), true);
  });

  it("tells integers apart of which doubles hold but one", () => {
    const fieldsV1 = { "f:spec": { "f:a": {} }, "f:set": { "v:9007199254740993": {} } };
    const held = { spec: { a: 9007199254740993n }, set: [9007199254740993n, 9007199254740992] };
    const object = live(held, { fieldsV1 });
    const wanted = { spec: held.spec, set: [9007199254740993n] };

    assert.equal(isApplied(object, desired(wanted), "me"), true);
    assert.equal(isApplied(object, desired({ ...wanted, spec: { a: 9007199254740992 } }), "me"), false);
    assert.equal(isApplied(object, desired({ ...wanted, set: [9007199254740992] }), "me"), false);
  });

  it("compares with what the server stores for half a surrogate pair", () => {
    const object = live({ spec: { a: "cut \ufffd" } }, { fieldsV1: { "f:spec": { "f:a": {} } } });

    assert.equal(isApplied(object, desired({ spec: { a: "cut \ud83d" } }), "me"), true);
  });

  it("ignores fields that are undefined, because they are never sent", () => {
    const object = live({ spec: { a: 1 } }, { fieldsV1: { "f:spec": { "f:a": {} } } });

    assert.equal(isApplied(object, desired({ spec: { a: 1, b: undefined } }), "me"), true);
  });

  it("compares labels key by key", () => {
    const metadata = { name: "a", labels: { mine: "1" } };
    const entry = { fieldsV1: { "f:metadata": { "f:labels": { "f:mine": {} } } } };
    const object = live({}, entry);
    const labelled = { ...object, metadata: { ...object.metadata, labels: { mine: "1", theirs: "2" } } };

    assert.equal(isApplied(labelled, { metadata }, "me"), true);
    assert.equal(isApplied(labelled, { metadata: { name: "a", labels: { mine: "2" } } }, "me"), false);
    assert.equal(isApplied(labelled, { metadata: { name: "a" } }, "me"), false);
  });

  it("finds the items of a keyed list by their key, among those of others", () => {
    const fieldsV1 = { "f:env": { 'k:{"name":"A"}': { ".": {}, "f:name": {}, "f:value": {} } } };
    const object = live(
      {
        env: [
          { name: "X", value: "0" },
          { name: "A", value: "1" },
        ],
      },
      { fieldsV1 },
    );

    assert.equal(isApplied(object, desired({ env: [{ name: "A", value: "1" }] }), "me"), true);
    assert.equal(isApplied(object, desired({ env: [{ name: "A", value: "2" }] }), "me"), false);
    assert.equal(isApplied(object, desired({ env: [{ name: "B", value: "1" }] }), "me"), false);
    assert.equal(isApplied(object, desired({ env: [] }), "me"), false);
    const two = [
      { name: "A", value: "1" },
      { name: "X", value: "0" },
    ];
    assert.equal(isApplied(object, desired({ env: two }), "me"), false);
  });

  it("accepts that the server filled in a key of an item", () => {
    const fieldsV1 = { "f:ports": { 'k:{"port":80,"protocol":"TCP"}': { ".": {}, "f:port": {} } } };
    const object = live({ ports: [{ port: 80, protocol: "TCP" }] }, { fieldsV1 });

    assert.equal(isApplied(object, desired({ ports: [{ port: 80 }] }), "me"), true);
  });

  it("compares an atomic item of a keyed list as a whole", () => {
    const reference = { uid: "1", name: "owner" };
    const fieldsV1 = { "f:owners": { 'k:{"uid":"1"}': {} } };

    assert.equal(isApplied(live({ owners: [reference] }, { fieldsV1 }), desired({ owners: [reference] }), "me"), true);
    const more = [{ ...reference, controller: true }];
    assert.equal(isApplied(live({ owners: more }, { fieldsV1 }), desired({ owners: [reference] }), "me"), false);
  });

  it("compares sets value by value, and atomic lists and maps as a whole", () => {
    const fieldsV1 = { "f:set": { 'v:"a"': {} }, "f:list": {}, "f:map": {} };
    const object = live({ set: ["z", "a"], list: [1, 2], map: { a: 1 } }, { fieldsV1 });
    const wanted = { set: ["a"], list: [1, 2], map: { a: 1 } };

    assert.equal(isApplied(object, desired(wanted), "me"), true);
    assert.equal(isApplied(object, desired({ ...wanted, set: ["z"] }), "me"), false);
    assert.equal(isApplied(object, desired({ ...wanted, list: [1] }), "me"), false);
    assert.equal(isApplied(object, desired({ ...wanted, map: { a: 2 } }), "me"), false);
  });
});

describe("ownManagedFields", () => {
  it("keeps what the manager owns of the object itself, without what nobody compares", () => {
    const mine: ManagedFieldsEntry = { manager: "me", operation: "Apply", fieldsV1: { "f:spec": {} } };
    const updated: ManagedFieldsEntry = { manager: "me", operation: "Update", fieldsV1: { "f:data": {} } };
    const status: ManagedFieldsEntry = { manager: "me", operation: "Update", subresource: "status" };
    const told = { apiVersion: "v1", fieldsType: "FieldsV1", time: "2026-01-01T00:00:00Z" };

    const kept = ownManagedFields(
      [{ manager: "other", operation: "Apply" }, { ...mine, ...told }, { ...updated, ...told }, status],
      "me",
    );

    assert.deepEqual(kept, [mine, updated]);
  });
});
