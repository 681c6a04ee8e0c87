import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";
import { compileSchema } from "../schema/compile.ts";
import { conflictMessage } from "./conflict.ts";
import { recordUpdate } from "./record-update.ts";
import { type Apply, serverSideApply } from "./server-side-apply.ts";

const schema = compileSchema({
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        version: { type: "string" },
        size: { type: "integer" },
        tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        words: { type: "array", items: { type: "string" } },
        parts: {
          type: "array",
          items: { type: "object", properties: { name: { type: "string" }, on: { type: "boolean" } } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
        },
      },
    },
  },
});

const write = { apiVersion: "example.org/v1", schema, time: "2020-01-01T00:00:00Z", force: false } as const;

function thing(spec: JsonObject, labels?: Record<string, string>): Obj {
  const metadata = labels === undefined ? { name: "a" } : { name: "a", labels };
  return { apiVersion: "example.org/v1", kind: "Thing", metadata, spec };
}

function apply(live: Obj | undefined, manager: string, applied: Obj, more: Partial<Apply> = {}): Obj {
  const result = serverSideApply({ ...write, ...(live !== undefined && { live }), manager, applied, ...more });
  assert.ok("object" in result, "expected no conflict");
  return result.object;
}

function fieldsOf(object: Obj, manager: string): unknown {
  return object.metadata.managedFields?.find((entry) => entry.manager === manager)?.fieldsV1;
}

describe("a first apply", () => {
  it("creates the object and owns every applied field", () => {
    const object = apply(
      undefined,
      "me",
      thing({ version: "1", parts: [{ name: "x", on: true }], tags: ["t"] }, { l: "1" }),
    );

    assert.deepEqual(object["spec"], { version: "1", parts: [{ name: "x", on: true }], tags: ["t"] });
    assert.deepEqual(object.metadata.managedFields, [
      {
        manager: "me",
        operation: "Apply",
        apiVersion: "example.org/v1",
        time: "2020-01-01T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: {
          "f:metadata": { "f:labels": { "f:l": {} } },
          "f:spec": {
            "f:parts": { 'k:{"name":"x"}': { ".": {}, "f:name": {}, "f:on": {} } },
            "f:tags": { 'v:"t"': {} },
            "f:version": {},
          },
        },
      },
    ]);
  });
});

describe("a repeated apply", () => {
  it("returns the very same object when nothing changes", () => {
    const live = apply(undefined, "me", thing({ version: "1" }));

    assert.equal(apply(live, "me", thing({ version: "1" }), { time: "2021-01-01T00:00:00Z" }), live);
  });

  it("removes what is no longer applied", () => {
    const live = apply(undefined, "me", thing({ version: "1", size: 1, parts: [{ name: "x" }, { name: "y" }] }));

    const object = apply(live, "me", thing({ version: "1", parts: [{ name: "y" }] }));

    assert.deepEqual(object["spec"], { version: "1", parts: [{ name: "y" }] });
  });

  it("leaves alone what others set", () => {
    const live = apply(undefined, "me", thing({ version: "1", parts: [{ name: "x" }] }));
    const shared = apply(live, "you", thing({ size: 2, parts: [{ name: "x", on: true }, { name: "z" }] }));

    const object = apply(shared, "me", thing({ version: "2" }));

    assert.deepEqual(object["spec"], { version: "2", size: 2, parts: [{ name: "x", on: true }, { name: "z" }] });
  });
});

describe("two appliers", () => {
  it("share a field with the same value, and the last one to leave removes it", () => {
    const live = apply(apply(undefined, "me", thing({ version: "1", size: 1 })), "you", thing({ version: "1" }));

    const without = apply(live, "me", thing({ size: 1 }));
    assert.deepEqual(without["spec"], { version: "1", size: 1 });

    assert.deepEqual(apply(without, "you", thing({}))["spec"], { size: 1 });
  });

  it("conflict over different values", () => {
    const live = apply(undefined, "me", thing({ version: "1" }));

    const result = serverSideApply({ ...write, live, manager: "you", applied: thing({ version: "2" }) });

    assert.ok("conflicts" in result);
    assert.deepEqual(result.conflicts, [
      { manager: "me", operation: "Apply", apiVersion: "example.org/v1", field: ".spec.version" },
    ]);
    assert.equal(conflictMessage(result.conflicts), 'Apply failed with 1 conflict: conflict with "me": .spec.version');
  });

  it("settle it by force", () => {
    const live = apply(undefined, "me", thing({ version: "1", size: 1 }));

    const object = apply(live, "you", thing({ version: "2" }), { force: true });

    assert.deepEqual(object["spec"], { version: "2", size: 1 });
    assert.deepEqual(fieldsOf(object, "me"), { "f:spec": { "f:size": {} } });
    assert.deepEqual(fieldsOf(object, "you"), { "f:spec": { "f:version": {} } });
  });

  it("own lists without a list type as a whole", () => {
    const live = apply(undefined, "me", thing({ words: ["a"] }));

    const result = serverSideApply({ ...write, live, manager: "you", applied: thing({ words: ["a", "b"] }) });

    assert.ok("conflicts" in result);
    assert.equal(result.conflicts[0]?.field, ".spec.words");
  });
});

describe("an update", () => {
  it("takes what it changes away from appliers and keeps the rest theirs", () => {
    const before = apply(undefined, "me", thing({ version: "1", size: 1 }));

    const after = recordUpdate({
      ...write,
      before,
      after: { ...before, spec: { version: "2", size: 1 } },
      manager: "editor",
    });

    assert.deepEqual(fieldsOf(after, "me"), { "f:spec": { "f:size": {} } });
    assert.deepEqual(fieldsOf(after, "editor"), { "f:spec": { "f:version": {} } });
  });

  it("that creates owns the objects around its fields too", () => {
    const after = recordUpdate({ ...write, after: thing({ version: "1" }, { l: "1" }), manager: "editor" });

    assert.deepEqual(fieldsOf(after, "editor"), {
      "f:metadata": { "f:labels": { ".": {}, "f:l": {} } },
      "f:spec": { ".": {}, "f:version": {} },
    });
  });

  it("that changes nothing leaves the entries as they are", () => {
    const before = recordUpdate({ ...write, after: thing({ version: "1" }), manager: "editor" });

    const after = recordUpdate({ ...write, before, after: before, manager: "other", time: "2021-01-01T00:00:00Z" });

    assert.deepEqual(after, before);
  });

  it("keeps an entry of its own for each subresource", () => {
    const before = recordUpdate({ ...write, after: thing({ version: "1" }), manager: "editor" });
    const after = { ...before, status: { phase: "Ready" } };

    const written = recordUpdate({ ...write, before, after, manager: "editor", subresource: "status" });

    assert.deepEqual(
      written.metadata.managedFields?.map(({ manager, subresource }) => [manager, subresource]),
      [
        ["editor", undefined],
        ["editor", "status"],
      ],
    );
  });

  it("is in the way of a later apply, which names it with its version", () => {
    const live = recordUpdate({ ...write, after: thing({ version: "1" }), manager: "editor" });

    const result = serverSideApply({ ...write, live, manager: "me", applied: thing({ version: "2" }) });

    assert.ok("conflicts" in result);
    assert.equal(
      conflictMessage(result.conflicts),
      'Apply failed with 1 conflict: conflict with "editor" using example.org/v1: .spec.version',
    );
  });
});

describe("built-ins", () => {
  it("merge containers, their ports and their environment item by item", () => {
    const base: Obj = { apiVersion: "v1", kind: "Pod", metadata: { name: "p" } };
    const pod = (container: JsonObject): Obj => ({ ...base, spec: { containers: [{ name: "c", ...container }] } });
    const v1 = { ...write, apiVersion: "v1", schema: undefined };
    const { schema: _none, ...core } = v1;

    const first = serverSideApply({
      ...core,
      manager: "me",
      applied: pod({ image: "i", env: [{ name: "A", value: "1" }] }),
    });
    assert.ok("object" in first);
    const second = serverSideApply({
      ...core,
      live: first.object,
      manager: "you",
      applied: pod({ env: [{ name: "B", value: "2" }], ports: [{ containerPort: 80 }] }),
    });
    assert.ok("object" in second);

    assert.deepEqual(second.object["spec"], {
      containers: [
        {
          name: "c",
          image: "i",
          env: [
            { name: "A", value: "1" },
            { name: "B", value: "2" },
          ],
          ports: [{ containerPort: 80 }],
        },
      ],
    });
    assert.deepEqual(fieldsOf(second.object, "you"), {
      "f:spec": {
        "f:containers": {
          'k:{"name":"c"}': {
            ".": {},
            "f:env": { 'k:{"name":"B"}': { ".": {}, "f:name": {}, "f:value": {} } },
            "f:name": {},
            "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
          },
        },
      },
    });
  });
});
