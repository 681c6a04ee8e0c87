import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { isJsonList } from "./as-json.ts";
import { mapFields, mapItems } from "./map-json.ts";
import { propertyNode, type SchemaNode } from "./schema-node.ts";

/**
 * Fills in what the schema has a default for.
 *
 * A `null` where the schema does not allow one counts as absent: it is dropped, or replaced by the default.
 */
export function applyDefaults(node: SchemaNode, object: JsonObject): JsonObject {
  const start = withMissing(node, withoutForbiddenNulls(node, object));
  return mapFields(start, (key, value) => applyBelow(propertyNode(node, key), value));
}

function applyBelow(node: SchemaNode | undefined, value: Json): Json {
  if (node === undefined) {
    return value;
  }
  if (isJsonList(value)) {
    return mapItems(value, (item) => applyBelow(node.items, item));
  }
  return isJsonObject(value) ? applyDefaults(node, value) : value;
}

function withoutForbiddenNulls(node: SchemaNode, object: JsonObject): JsonObject {
  return mapFields(object, (key, value) =>
    value === null && isNeverNull(propertyNode(node, key)) ? undefined : value,
  );
}

function withMissing(node: SchemaNode, object: JsonObject): JsonObject {
  const defaults = defaultsOf(node).filter(([key]) => object[key] === undefined);
  return defaults.length === 0 ? object : { ...object, ...Object.fromEntries(defaults) };
}

const known = new WeakMap<SchemaNode, readonly (readonly [key: string, value: Json])[]>();

function defaultsOf(node: SchemaNode): readonly (readonly [key: string, value: Json])[] {
  const found =
    known.get(node) ??
    Object.entries(node.properties ?? {}).flatMap(([key, property]) =>
      property.default === undefined ? [] : [[key, property.default] as const],
    );
  known.set(node, found);
  return found;
}

function isNeverNull(node: SchemaNode | undefined): boolean {
  return node !== undefined && node.nullable !== true;
}
