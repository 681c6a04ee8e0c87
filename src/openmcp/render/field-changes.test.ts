import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { KubeObject } from "../../kube/object.ts";
import { type FieldChange, fieldChanges, type Hidden } from "./field-changes.ts";

type Fields = Readonly<Record<string, unknown>>;

function object(fields: Fields, metadata: Fields = {}): KubeObject {
  return { apiVersion: "v1", kind: "Thing", ...fields, metadata: { name: "a", ...metadata } };
}

function secret(user: string): KubeObject {
  return { ...object({ data: { user } }), kind: "Secret" };
}

describe("fieldChanges", () => {
  const rows: readonly [string, Fields, Fields, readonly FieldChange[]][] = [
    ["nothing", { spec: { a: [1, { b: 2 }] } }, { spec: { a: [1, { b: 2 }] } }, []],
    ["a value", { spec: { a: { b: 1 } } }, { spec: { a: { b: 2 } } }, [{ field: "spec.a.b", from: 1, to: 2 }]],
    ["a map that comes as a whole", { spec: {} }, { spec: { a: { b: 1 } } }, [{ field: "spec.a", to: { b: 1 } }]],
    ["a field that goes", { spec: { a: 1 } }, { spec: {} }, [{ field: "spec.a", from: 1 }]],
    [
      "an item of a list",
      { spec: { l: [{ n: "x" }, { n: "y" }] } },
      { spec: { l: [{ n: "x" }, { n: "z" }] } },
      [{ field: "spec.l[1].n", from: "y", to: "z" }],
    ],
    [
      "a list of another length",
      { spec: { l: [1] } },
      { spec: { l: [1, 2] } },
      [{ field: "spec.l", from: [1], to: [1, 2] }],
    ],
    [
      "a name that is no word",
      { spec: { "a.b/c": 1 } },
      { spec: { "a.b/c": 2 } },
      [{ field: "spec[a.b/c]", from: 1, to: 2 }],
    ],
    ["the status, which is no one's wish", { status: { a: 1 } }, { status: { a: 2 } }, []],
    [
      "a secret, of which it is enough that it changes",
      { spec: { password: "old" } },
      { spec: { password: "new" } },
      [{ field: "spec.password", from: "***", to: "(another one)" }],
    ],
    [
      "a secret that a flag before it makes one",
      { spec: { args: ["--password", "old"] } },
      { spec: { args: ["--password", "new"] } },
      [{ field: "spec.args", from: ["--password", "***"], to: "(another one)" }],
    ],
    [
      "a secret that a name beside it makes one",
      { spec: { env: [{ name: "DB_PASSWORD", value: "old" }] } },
      { spec: { env: [{ name: "DB_PASSWORD", value: "new" }] } },
      [{ field: "spec.env[0]", from: { name: "DB_PASSWORD", value: "***" }, to: "(another one)" }],
    ],
  ];
  for (const [name, before, after, expected] of rows) {
    it(`tells of ${name}`, () => {
      assert.deepEqual(fieldChanges(object(before), object(after)), expected);
    });
  }

  it("shows nothing of the content of a Secret", () => {
    const changes = fieldChanges(secret("b2xk"), secret("bmV3"));

    assert.deepEqual(changes, [{ field: "data.user", from: "***", to: "(another one)" }]);
  });

  it("leaves out what a server counts, and annotations that are bookkeeping; of tokens it tells no value", () => {
    const hidden: Hidden = { bookkeeping: ["noted"], tokens: ["asked"] };
    const before = object(
      {},
      { generation: 1, resourceVersion: "1", annotations: { noted: "a", asked: "1", own: "x" } },
    );
    const after = object(
      {},
      { generation: 2, resourceVersion: "2", annotations: { noted: "b", asked: "2", own: "x" } },
    );

    assert.deepEqual(fieldChanges(before, after, hidden), [
      { field: "metadata.annotations.asked", to: "(another one)" },
    ]);
  });
});
