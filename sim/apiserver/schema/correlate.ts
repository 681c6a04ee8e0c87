import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { isJsonList } from "./as-json.ts";
import { deepEqual } from "../../deep-equal.ts";
import type { SchemaNode } from "./schema-node.ts";

/** The value an object had at the same place before the update; absent where places cannot be matched. */
export type Previous = { readonly value: Json | undefined };

/** What was under `key` before. */
export function previousProperty(
  node: SchemaNode | undefined,
  previous: Previous | undefined,
  key: string,
): Previous | undefined {
  if (previous === undefined || !isJsonObject(previous.value) || node?.["x-kubernetes-map-type"] === "atomic") {
    return undefined;
  }
  const value = previous.value[key];
  return value === undefined ? undefined : { value };
}

/** What the item with the same keys was before; only lists of type `map` can tell. */
export function previousItem(
  node: SchemaNode | undefined,
  previous: Previous | undefined,
  item: Json,
): Previous | undefined {
  const old = previous?.value;
  if (!isJsonList(old) || node?.["x-kubernetes-list-type"] !== "map" || !isJsonObject(item)) {
    return undefined;
  }
  const keys = node["x-kubernetes-list-map-keys"] ?? [];
  const match = old.find((candidate) => isJsonObject(candidate) && sameKeys(keys, candidate, item));
  return match === undefined ? undefined : { value: match };
}

function sameKeys(keys: readonly string[], left: JsonObject, right: JsonObject): boolean {
  return keys.every((key) => deepEqual(left[key], right[key]));
}
