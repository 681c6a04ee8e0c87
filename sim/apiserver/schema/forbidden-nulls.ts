import { isJsonObject, type Json } from "../../json.ts";
import { isJsonList } from "./as-json.ts";
import type { FieldError } from "./field-error.ts";
import { childPath, indexPath } from "./field-path.ts";
import { propertyNode, type SchemaNode } from "./schema-node.ts";
import { validateType } from "./validate-type.ts";

/** Names each `null` in an object where the schema allows none and has no default to put in its place. */
export function forbiddenNulls(node: SchemaNode | undefined, value: Json, path: string): FieldError[] {
  if (node === undefined) {
    return [];
  }
  if (isJsonList(value)) {
    return value.flatMap((item, index) => forbiddenNulls(node.items, item, indexPath(path, index)));
  }
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([key, child]) =>
      child === undefined ? [] : forbiddenNulls(propertyNode(node, key), child, childPath(path, key)),
    );
  }
  return value === null && node.default === undefined ? validateType(node, path, value) : [];
}
