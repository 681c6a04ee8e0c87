import { isJsonObject, type Json } from "../../json.ts";
import { isNamedField, propertyNode, type SchemaNode } from "../schema/schema-node.ts";
import { below, type FieldPath, type FieldSet, fieldSetOf } from "./field-set.ts";
import { fieldsOf, fieldStep, itemsOf, type Shape, shapeOf } from "./shape.ts";

/** The fields that somebody owns who applies this value. */
export function ownedFields(node: SchemaNode | undefined, value: Json): FieldSet {
  return fieldSetOf(ownedPaths(node, value, []));
}

function* ownedPaths(node: SchemaNode | undefined, value: Json, path: FieldPath): Generator<FieldPath> {
  const shape = shapeOf(node, value);
  switch (shape.kind) {
    case "leaf":
      yield path;
      return;
    case "list":
      yield* itemPaths(node, shape, { value, path });
      return;
    case "map":
      yield* mapPaths(node, value, path);
  }
}

type Place = { readonly value: Json; readonly path: FieldPath };

function* itemPaths(
  node: SchemaNode | undefined,
  shape: Extract<Shape, { kind: "list" }>,
  { value, path }: Place,
): Generator<FieldPath> {
  for (const item of itemsOf(value)) {
    const itemPath = [...path, shape.elementOf(item)];
    yield itemPath;
    yield* ownedPaths(node?.items, item, itemPath);
  }
}

function* mapPaths(node: SchemaNode | undefined, value: Json, path: FieldPath): Generator<FieldPath> {
  for (const [key, field] of Object.entries(fieldsOf(value))) {
    if (field === undefined) {
      continue;
    }
    const step = fieldStep(node, key);
    const fieldPath = [...path, step.element];
    yield* ownedPaths(step.node, field, fieldPath);
    const isEmptyMap = isJsonObject(field) && Object.keys(field).length === 0;
    if (isEmptyMap || !step.isDeclared) {
      yield fieldPath;
    }
  }
}

/** The set with every declared field as a member that has members below it. */
export function withNamedFields(set: FieldSet, node: SchemaNode | undefined): FieldSet {
  const named = [...set.children.keys()].filter(
    (element) => element.startsWith("f:") && isNamedField(node, element.slice(2)),
  );
  const children = [...set.children.keys()].map((element) => {
    const child = element.startsWith("f:") ? propertyNode(node, element.slice(2)) : node?.items;
    return [element, withNamedFields(below(set, element), child)] as const;
  });
  return { members: new Set([...set.members, ...named]), children: new Map(children) };
}
