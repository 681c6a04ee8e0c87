import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { JsonObject } from "../../json.ts";
import { SchemaError } from "./schema-error.ts";
import { compileSchema } from "./compile.ts";

function inSpec(spec: JsonObject): JsonObject {
  return { type: "object", properties: { spec } };
}

function texts(schema: JsonObject, object: JsonObject, old?: JsonObject): string[] {
  return compileSchema(schema)
    .validate(object, old)
    .map(({ field, message }) => `${field}: ${message}`);
}

describe("validation", () => {
  const cases: readonly (readonly [name: string, spec: JsonObject, value: JsonObject["x"], expected: string[]])[] = [
    [
      "a missing field",
      { type: "object", required: ["version"], properties: { version: { type: "string" } } },
      {},
      ["spec.version: Required value"],
    ],
    [
      "another type",
      { type: "string" },
      1,
      ['spec: Invalid value: "integer": spec in body must be of type string: "integer"'],
    ],
    ["null", { type: "string" }, null, ['spec: Invalid value: "null": spec in body must be of type string: "null"']],
    ["a pattern", { type: "string", pattern: "^v" }, "x", [`spec: Invalid value: "x": spec in body should match '^v'`]],
    [
      "a value outside an enumeration",
      { type: "string", enum: ["a", "b"] },
      "c",
      ['spec: Unsupported value: "c": supported values: "a", "b"'],
    ],
    ["too long a text", { type: "string", maxLength: 2 }, "abc", ["spec: Too long: may not be more than 2 bytes"]],
    [
      "too short a text",
      { type: "string", minLength: 1 },
      "",
      ['spec: Invalid value: "": spec in body should be at least 1 chars long'],
    ],
    [
      "a number below the minimum",
      { type: "integer", minimum: 1 },
      0,
      ["spec: Invalid value: 0: spec in body should be greater than or equal to 1"],
    ],
    [
      "too many items",
      { type: "array", maxItems: 1, items: { type: "string" } },
      ["a", "b"],
      ["spec: Too many: 2: must have at most 1 item"],
    ],
    [
      "a repeated item of a set",
      { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
      ["a", "a"],
      ['spec[1]: Duplicate value: "a"'],
    ],
    [
      "a repeated key of a list map",
      {
        type: "array",
        items: { type: "object", properties: { name: { type: "string" } } },
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
      },
      [{ name: "a" }, { name: "a" }],
      ['spec[1]: Duplicate value: {"name":"a"}'],
    ],
    [
      "a text that is no date-time",
      { type: "string", format: "date-time" },
      "x",
      ['spec: Invalid value: "x": spec in body must be of type date-time: "x"'],
    ],
    [
      "no alternative",
      { type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }] },
      {},
      [
        '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
        "spec.a: Required value",
      ],
    ],
  ];
  for (const [name, spec, value, expected] of cases) {
    it(`names ${name} as the API server does`, () => {
      assert.deepEqual(texts(inSpec(spec), { spec: value }), expected);
    });
  }

  it("takes integers and strings where the schema says so", () => {
    const schema = inSpec({ "x-kubernetes-int-or-string": true });

    assert.deepEqual(texts(schema, { spec: 1 }), []);
    assert.deepEqual(texts(schema, { spec: "1" }), []);
    assert.equal(texts(schema, { spec: true }).length, 1);
  });

  it("does not complain about what an update leaves as it was", () => {
    const schema = inSpec({
      type: "object",
      properties: { old: { type: "string", maxLength: 1 }, other: { type: "string" } },
    });

    assert.deepEqual(texts(schema, { spec: { old: "long", other: "b" } }, { spec: { old: "long", other: "a" } }), []);
    assert.equal(texts(schema, { spec: { old: "longer" } }, { spec: { old: "long" } }).length, 1);
  });
});

describe("CEL rules", () => {
  it("show the message without the value for objects and with it for scalars", () => {
    const schema = inSpec({
      type: "object",
      properties: {
        name: { type: "string", "x-kubernetes-validations": [{ rule: "self != 'system'", message: "no" }] },
      },
      "x-kubernetes-validations": [{ rule: "has(self.name)", message: "name is needed" }],
    });

    assert.deepEqual(texts(schema, { spec: {} }), ["spec: Invalid value: name is needed"]);
    assert.deepEqual(texts(schema, { spec: { name: "system" } }), ['spec.name: Invalid value: "system": no']);
  });

  it("compare with the object before an update only when there is one", () => {
    const schema = inSpec({
      type: "string",
      "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "immutable" }],
    });

    assert.deepEqual(texts(schema, { spec: "a" }), []);
    assert.deepEqual(texts(schema, { spec: "a" }, { spec: "a" }), []);
    assert.deepEqual(texts(schema, { spec: "b" }, { spec: "a" }), ['spec: Invalid value: "b": immutable']);
  });

  it("build their message, and choose field and reason", () => {
    const rule = {
      rule: "self.a <= self.b",
      messageExpression: "'a is ' + string(self.a)",
      reason: "FieldValueForbidden",
      fieldPath: ".a",
    };
    const spec = {
      type: "object",
      properties: { a: { type: "integer" }, b: { type: "integer" } },
      "x-kubernetes-validations": [rule],
    };

    const errors = compileSchema(inSpec(spec)).validate({ spec: { a: 2, b: 1 } });

    assert.deepEqual(errors, [{ field: "spec.a", reason: "FieldValueForbidden", message: "Forbidden: a is 2" }]);
  });

  it("are left out, and said so, when the object is malformed", () => {
    const schema = inSpec({
      type: "object",
      required: ["name"],
      "x-kubernetes-validations": [{ rule: "false" }],
    });

    assert.deepEqual(texts(schema, { spec: {} }), [
      "spec.name: Required value",
      "<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; " +
        "correct the existing errors to complete validation",
    ]);
  });

  it("that call something unknown make the schema unusable", () => {
    const schema = inSpec({ type: "string", "x-kubernetes-validations": [{ rule: "self.frobnicate()" }] });

    assert.throws(
      () => compileSchema(schema),
      (error) =>
        error instanceof SchemaError &&
        error.errors[0]?.field === "openAPIV3Schema.properties[spec].x-kubernetes-validations[0].rule",
    );
  });

  it("know URLs, quantities and addresses", () => {
    const schema = inSpec({
      type: "string",
      "x-kubernetes-validations": [
        { rule: "isURL(self) && url(self).getScheme() == 'https'", message: "https only" },
        { rule: "quantity('1Gi').isGreaterThan(quantity('1000Mi'))" },
        { rule: "isIP('::1') && isCIDR('10.0.0.0/8') && !isCIDR('10.0.0.0/33')" },
      ],
    });

    assert.deepEqual(texts(schema, { spec: "https://example.org" }), []);
    assert.deepEqual(texts(schema, { spec: "http://example.org" }), [
      'spec: Invalid value: "http://example.org": https only',
    ]);
  });
});

describe("pruning and defaulting", () => {
  const schema = compileSchema({
    type: "object",
    properties: {
      spec: {
        type: "object",
        properties: {
          mode: { type: "string", default: "auto" },
          free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
          list: { type: "array", items: { type: "object", properties: { on: { type: "boolean", default: true } } } },
        },
      },
    },
  });

  it("drops unknown fields and names them", () => {
    const { object, dropped } = schema.prune({
      apiVersion: "v1",
      metadata: { name: "a", nonsense: 1 },
      spec: { mode: "a", extra: 1, free: { any: { thing: 1 } }, list: [{ on: true, off: 1 }] },
    });

    assert.deepEqual(object, {
      apiVersion: "v1",
      metadata: { name: "a" },
      spec: { mode: "a", free: { any: { thing: 1 } }, list: [{ on: true }] },
    });
    assert.deepEqual(dropped, ["metadata.nonsense", "spec.extra", "spec.list[0].off"]);
  });

  it("fills in defaults where the enclosing object exists, and in place of null", () => {
    assert.deepEqual(schema.applyDefaults({}), {});
    assert.deepEqual(schema.applyDefaults({ spec: { mode: null, free: null, list: [{}] } }), {
      spec: { mode: "auto", list: [{ on: true }] },
    });
  });
});
