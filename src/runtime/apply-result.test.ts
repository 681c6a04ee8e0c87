import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeObject, ManagedFieldsEntry } from "../kube/object.ts";
import { applyResult } from "./apply-result.ts";
import { isApplied } from "./managed-fields.ts";

type Fields = Readonly<Record<string, unknown>>;

function object(spec: Fields, managers: Readonly<Record<string, Fields>> = {}, metadata: Fields = {}): KubeObject {
  const managedFields = Object.entries(managers).map(([manager, fieldsV1]): ManagedFieldsEntry => ({
    manager,
    operation: manager.startsWith("update") ? "Update" : "Apply",
    fieldsV1,
  }));
  const thing = {
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "a", ...metadata, ...(managedFields.length > 0 && { managedFields }) },
    spec,
  };
  return thing;
}

function specAfter(live: KubeObject | undefined, spec: Fields): unknown {
  const { spec: after } = { spec: undefined, ...applyResult(live, object(spec), "me") };
  return after;
}

const f = (...names: readonly string[]): Fields => Object.fromEntries(names.map((name) => [`f:${name}`, {}]));

describe("applyResult", () => {
  const rows: readonly [string, { live?: KubeObject; desired: Fields; expected: Fields }][] = [
    ["makes an object that is not there", { desired: { a: 1 }, expected: { a: 1 } }],
    [
      "keeps fields of others",
      {
        live: object({ a: 1, b: { c: 2 } }, { me: { "f:spec": f("a") }, you: { "f:spec": { "f:b": f("c") } } }),
        desired: { a: 2 },
        expected: { a: 2, b: { c: 2 } },
      },
    ],
    [
      "removes what it owned and does not set any more",
      { live: object({ a: 1, b: 2 }, { me: { "f:spec": f("a", "b") } }), desired: { a: 1 }, expected: { a: 1 } },
    ],
    [
      "keeps what another manager owns too",
      {
        live: object({ a: 1, b: 2 }, { me: { "f:spec": f("a", "b") }, "update-you": { "f:spec": f("b") } }),
        desired: { a: 1 },
        expected: { a: 1, b: 2 },
      },
    ],
    [
      "removes of a map only the fields that it owned",
      {
        live: object(
          { values: { mine: 1, theirs: 2 } },
          { me: { "f:spec": { "f:values": f("mine") } }, you: { "f:spec": { "f:values": f("theirs") } } },
        ),
        desired: { a: 1 },
        expected: { values: { theirs: 2 }, a: 1 },
      },
    ],
    [
      "replaces a list that is owned as a whole",
      {
        live: object({ list: [1, 2] }, { me: { "f:spec": f("list") } }),
        desired: { list: [2] },
        expected: { list: [2] },
      },
    ],
    [
      "merges the items of a list with keys",
      {
        live: object(
          { parts: [{ name: "x", note: "theirs" }, { name: "y" }, { name: "z" }] },
          {
            me: { "f:spec": { "f:parts": { 'k:{"name":"x"}': f("name"), 'k:{"name":"y"}': f("name") } } },
            you: { "f:spec": { "f:parts": { 'k:{"name":"x"}': f("note"), 'k:{"name":"z"}': f("name") } } },
          },
        ),
        desired: { parts: [{ name: "x", on: true }, { name: "new" }] },
        expected: { parts: [{ name: "x", note: "theirs", on: true }, { name: "z" }, { name: "new" }] },
      },
    ],
  ];
  for (const [name, { live, desired, expected }] of rows) {
    it(name, () => {
      assert.deepEqual(specAfter(live, desired), expected);
    });
  }

  it("merges finalizers item by item", () => {
    const live = object(
      {},
      { me: { "f:metadata": { "f:finalizers": { 'v:"ours"': {} } } } },
      { finalizers: ["ours", "theirs"] },
    );

    const after = applyResult(live, object({}, {}, { finalizers: ["ours"] }), "me");

    assert.deepEqual(after.metadata.finalizers, ["ours", "theirs"]);
  });

  it("raises the generation for a change of the content, and for no other", () => {
    const live = object({ a: 1 }, { me: { "f:spec": f("a") } }, { generation: 3 });

    const labelled = applyResult(live, object({ a: 1 }, {}, { labels: { a: "b" } }), "me");
    const changed = applyResult(live, object({ a: 2 }), "me");

    assert.deepEqual([labelled.metadata.generation, changed.metadata.generation], [3, 4]);
  });

  it("leaves an object that is as desired, for whoever looks at its managed fields", () => {
    const desired = object({ a: 1, list: [{ name: "x" }], map: { b: { c: [] } } }, {}, { finalizers: ["ours"] });

    const after = applyResult(object({ other: 1 }, { you: { "f:spec": f("other") } }), desired, "me");

    assert.equal(isApplied(after, desired, "me"), true);
    assert.equal(isApplied(after, object({ a: 2 }), "me"), false);
  });
});
