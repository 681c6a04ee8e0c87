import { type FieldError, invalid, NO_FIELD, typeInvalid } from "./field-error.ts";
import { isKnownFormat } from "./formats.ts";
import type { SchemaNode } from "./schema-node.ts";

const INT64_END = 2 ** 63;

/** Checks that the value has the JSON type that the schema asks for. */
export function validateType(node: SchemaNode, path: string, value: unknown): FieldError[] {
  const wanted = wantedTypes(node);
  if (value === null) {
    return wanted.length === 0 || node.nullable === true ? [] : [typeInvalid(path, wanted.join(","), "null")];
  }
  const found = jsonType(value);
  const fits = wanted.length === 0 || wanted.includes(found) || (found === "integer" && wanted.includes("number"));
  return fits ? [] : mismatch(node, path, { wanted, found });
}

type Mismatch = { readonly wanted: readonly string[]; readonly found: string };

function mismatch(node: SchemaNode, path: string, { wanted, found }: Mismatch): FieldError[] {
  if (found === "number" && wanted.includes("integer")) {
    return notAnInteger(node, path, wanted.join(","));
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
    return Number.isInteger(value) && Math.abs(value) < INT64_END ? "integer" : "number";
  }
  return typeof value === "bigint" ? "integer" : typeof value;
}

// The server says so twice.
function notAnInteger({ type, format }: SchemaNode, path: string, wanted: string): FieldError[] {
  const hasWidth = format === "int32" || format === "int64";
  const error = hasWidth ? typeInvalid(path, format, "float64") : typeInvalid(path, wanted, "number");
  if (type !== "integer") {
    return [error];
  }
  const width = hasWidth ? `with format ${format}` : "(default format)";
  return [error, invalid(NO_FIELD, `Checked value must be of type integer ${width} in ${path}`, { value: "" })];
}

// The server names the Go width of a number instead of its JSON type once a string format is expected.
function numberFormat(type: string): string {
  const formats: Readonly<Record<string, string>> = { integer: "int64", number: "double" };
  return formats[type] ?? "";
}
