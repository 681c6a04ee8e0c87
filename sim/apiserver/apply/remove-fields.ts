import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { isJsonList } from "../schema/as-json.ts";
import type { SchemaNode } from "../schema/schema-node.ts";
import { below, type FieldSet, isEmptySet } from "./field-set.ts";
import { fieldStep, shapeOf } from "./shape.ts";

/** Removes the fields and items of the set. What holds them stays, if empty. */
export function removeFields(node: SchemaNode | undefined, value: Json, set: FieldSet): Json {
  const shape = shapeOf(node, value);
  if (isJsonList(value) && shape.kind === "list") {
    return value
      .filter((item) => !set.members.has(shape.elementOf(item)))
      .map((item) => removeBelow(node?.items, item, below(set, shape.elementOf(item))));
  }
  return isJsonObject(value) && shape.kind === "map" ? removeFromMap(node, value, set) : value;
}

function removeFromMap(node: SchemaNode | undefined, object: JsonObject, set: FieldSet): JsonObject {
  const result: Record<string, Json> = {};
  for (const [key, value] of Object.entries(object)) {
    const step = fieldStep(node, key);
    if (value !== undefined && !set.members.has(step.element)) {
      result[key] = removeBelow(step.node, value, below(set, step.element));
    }
  }
  return result;
}

function removeBelow(node: SchemaNode | undefined, value: Json, set: FieldSet): Json {
  return isEmptySet(set) ? value : removeFields(node, value, set);
}
