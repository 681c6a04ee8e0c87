import { type FieldError, typeInvalid } from "./field-error.ts";
import { isKnownFormat } from "./formats.ts";
import type { SchemaNode } from "./schema-node.ts";

/** Checks that the value has the JSON type that the schema asks for. */
export function validateType(node: SchemaNode, path: string, value: unknown): FieldError[] {
  const wanted = wantedTypes(node);
  if (value === null) {
    return wanted.length === 0 || node.nullable === true ? [] : [typeInvalid(path, wanted.join(","), "null")];
  }
  const found = jsonType(value);
  const fits = wanted.length === 0 || wanted.includes(found) || (found === "integer" && wanted.includes("number"));
  if (fits) {
    return [];
  }
  return isKnownFormat(node.format)
    ? [typeInvalid(path, node.format, numberFormat(found))]
    : [typeInvalid(path, wanted.join(","), found)];
}

function wantedTypes(node: SchemaNode): readonly string[] {
  if (node["x-kubernetes-int-or-string"] === true) {
    return ["integer", "string"];
  }
  return node.type === undefined ? [] : [node.type];
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) {
    return "array";
  }
  if (typeof value === "number") {
    return Number.isInteger(value) ? "integer" : "number";
  }
  return typeof value;
}

// The server names the Go width of a number instead of its JSON type once a string format is expected.
function numberFormat(type: string): string {
  const formats: Readonly<Record<string, string>> = { integer: "int64", number: "double" };
  return formats[type] ?? "";
}
