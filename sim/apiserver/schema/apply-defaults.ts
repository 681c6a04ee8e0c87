import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { isJsonList } from "./as-json.ts";
import { propertyNode, type SchemaNode } from "./schema-node.ts";

/**
 * Fills in what the schema has a default for.
 *
 * A `null` where the schema does not allow one counts as absent: it is dropped, or replaced by the default.
 */
export function applyDefaults(node: SchemaNode, object: JsonObject): JsonObject {
  const result = withoutForbiddenNulls(node, object);
  for (const [key, property] of Object.entries(node.properties ?? {})) {
    if (result[key] === undefined && property.default !== undefined) {
      result[key] = property.default;
    }
  }
  return Object.fromEntries(
    Object.entries(result).map(([key, value]) => [key, applyBelow(propertyNode(node, key), value)]),
  );
}

function applyBelow(node: SchemaNode | undefined, value: Json): Json {
  if (node === undefined) {
    return value;
  }
  if (isJsonList(value)) {
    return value.map((item) => applyBelow(node.items, item));
  }
  return isJsonObject(value) ? applyDefaults(node, value) : value;
}

function withoutForbiddenNulls(node: SchemaNode, object: JsonObject): Record<string, Json> {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(object)) {
    if (value !== undefined && !(value === null && isNeverNull(propertyNode(node, key)))) {
      result[key] = value;
    }
  }
  return result;
}

function isNeverNull(node: SchemaNode | undefined): boolean {
  return node !== undefined && node.nullable !== true;
}
