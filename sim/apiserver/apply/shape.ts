import { isJsonObject, type Json, type JsonObject, writeJson } from "../../json.ts";
import { isJsonList } from "../schema/as-json.ts";
import { declaredProperty, isNamedField, propertyNode, type SchemaNode } from "../schema/schema-node.ts";

/** How a value takes part in ownership: as a whole, field by field, or item by item. */
export type Shape =
  | { readonly kind: "leaf" }
  | { readonly kind: "map" }
  | { readonly kind: "list"; readonly elementOf: (item: Json) => string };

const LEAF: Shape = { kind: "leaf" };
const MAP: Shape = { kind: "map" };

/** One field of a map, or one item of a list, on its way down. */
export type Step = { readonly element: string; readonly node: SchemaNode | undefined; readonly isDeclared: boolean };

/** The shape of a value. Lists without a list type count as a whole, also where no schema is known. */
export function shapeOf(node: SchemaNode | undefined, value: Json | undefined): Shape {
  if (isJsonList(value)) {
    return listShape(node);
  }
  if (isJsonObject(value)) {
    return node?.["x-kubernetes-map-type"] === "atomic" ? LEAF : MAP;
  }
  return LEAF;
}

/** The shape two values have in common: `null` and absence take the form of the other one. */
export function commonShape(node: SchemaNode | undefined, left: Json | undefined, right: Json | undefined): Shape {
  if (left === undefined || left === null) {
    return shapeOf(node, right);
  }
  if (right === undefined || right === null) {
    return shapeOf(node, left);
  }
  const shape = shapeOf(node, right);
  return shape.kind === shapeOf(node, left).kind ? shape : LEAF;
}

function listShape(node: SchemaNode | undefined): Shape {
  const type = node?.["x-kubernetes-list-type"];
  if (type === "set") {
    return { kind: "list", elementOf: (item) => `v:${writeJson(item)}` };
  }
  const keys = (node?.["x-kubernetes-list-map-keys"] ?? []).toSorted();
  return type === "map" ? { kind: "list", elementOf: (item) => keyElement(keys, node?.items, item) } : LEAF;
}

function keyElement(keys: readonly string[], node: SchemaNode | undefined, item: Json): string {
  const object: JsonObject = isJsonObject(item) ? item : {};
  const entries = keys.map((key) => [key, object[key] ?? declaredProperty(node, key)?.default] as const);
  return `k:${writeJson(Object.fromEntries(entries.filter(([, value]) => value !== undefined)))}`;
}

/** The way from a map to one of its fields. */
export function fieldStep(node: SchemaNode | undefined, key: string): Step {
  return { element: `f:${key}`, node: propertyNode(node, key), isDeclared: isNamedField(node, key) };
}

/** Fields of an object; none for anything else. */
export function fieldsOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Items of a list; none for anything else. */
export function itemsOf(value: Json | undefined): readonly Json[] {
  return isJsonList(value) ? value : [];
}

/** Whether both are absent, `null`, `{}` or `[]`: then the two differ as a whole or not at all. */
export function areEmpty(left: Json | undefined, right: Json | undefined): boolean {
  return [left, right].every((value) => Object.keys(fieldsOf(value)).length + itemsOf(value).length === 0);
}
