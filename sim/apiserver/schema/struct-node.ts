import type { SchemaNode } from "./schema-node.ts";

/** A text. */
export const text: SchemaNode = { type: "string" };

/** An object or list that has one owner as a whole. */
export const atomic: SchemaNode = { "x-kubernetes-map-type": "atomic" };

// Whatever a table leaves out: fields of fields, all the way down.
const anyStruct: SchemaNode = {
  isStruct: true,
  get additionalProperties(): SchemaNode {
    return anyStruct;
  },
};

/** An object with named fields. Those that are not listed have no special list or map types. */
export function struct(properties: Readonly<Record<string, SchemaNode>>): SchemaNode {
  return { type: "object", isStruct: true, properties, additionalProperties: anyStruct };
}

/** A map from names to values of one kind. */
export function mapOf(node: SchemaNode): SchemaNode {
  return { type: "object", additionalProperties: node };
}

/** A list whose items are told apart by the values of some of their fields. */
export function listMap(keys: readonly string[], items: SchemaNode): SchemaNode {
  return { type: "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": keys, items };
}

/** A list of values none of which occurs twice. */
export function setOf(items: SchemaNode): SchemaNode {
  return { type: "array", "x-kubernetes-list-type": "set", items };
}
