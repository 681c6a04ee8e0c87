import { isJsonObject, type Json } from "../../json.ts";
import { isJsonList } from "./as-json.ts";
import { duplicate, type FieldError, invalid } from "./field-error.ts";
import { childPath, indexPath, keyPath } from "./field-path.ts";
import { deepEqual } from "../../deep-equal.ts";
import { declaredProperty, type SchemaNode } from "./schema-node.ts";

/** Checks that items of lists of type `set` differ, and items of lists of type `map` differ in their keys. */
export function validateListTypes(node: SchemaNode | undefined, value: Json | undefined, path = ""): FieldError[] {
  if (node === undefined) {
    return [];
  }
  if (isJsonList(value)) {
    const below = value.flatMap((item, index) => validateListTypes(node.items, item, indexPath(path, index)));
    return [...validateList(node, value, path), ...below];
  }
  if (!isJsonObject(value)) {
    return [];
  }
  const additional = typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
  return Object.entries(value).flatMap(([key, child]) => {
    const declared = declaredProperty(node, key);
    return declared === undefined
      ? validateListTypes(additional, child, keyPath(path, key))
      : validateListTypes(declared, child, childPath(path, key));
  });
}

function validateList(node: SchemaNode, items: readonly Json[], path: string): FieldError[] {
  const type = node["x-kubernetes-list-type"];
  if (type === "set") {
    return repetitions(items).map((index) => duplicate(indexPath(path, index), items[index]));
  }
  return type === "map" ? validateMap(node["x-kubernetes-list-map-keys"] ?? [], items, path) : [];
}

function validateMap(keys: readonly string[], items: readonly Json[], path: string): FieldError[] {
  const wrong = items.findIndex((item) => item !== null && !isJsonObject(item));
  if (wrong !== -1) {
    const detail = "must be an object for an array of list-type map";
    return [invalid(indexPath(path, wrong), detail, { value: items[wrong] })];
  }
  const identities = items.map((item) => identity(keys, item));
  return repetitions(identities).map((index) => duplicate(indexPath(path, index), identities[index]));
}

function identity(keys: readonly string[], item: Json): Json {
  const entries = isJsonObject(item) ? keys.map((key) => [key, item[key]] as const) : [];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

// A value that occurs many times is named once, at its second place.
function repetitions(values: readonly Json[]): number[] {
  return values.flatMap((value, index) => {
    const before = values.slice(0, index).filter((other) => deepEqual(other, value)).length;
    return before === 1 ? [index] : [];
  });
}
