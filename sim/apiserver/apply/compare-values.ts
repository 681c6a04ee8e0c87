import type { Json } from "../../json.ts";
import { deepEqual } from "../../deep-equal.ts";
import type { SchemaNode } from "../schema/schema-node.ts";
import { type FieldPath, type FieldSet, fieldSetOf } from "./field-set.ts";
import { areEmpty, commonShape, fieldsOf, fieldStep, itemsOf } from "./shape.ts";

/** Which fields a change adds, changes and removes. No field is in two of the sets. */
export type Comparison = { readonly added: FieldSet; readonly modified: FieldSet; readonly removed: FieldSet };

type Change = { readonly how: keyof Comparison; readonly path: FieldPath };

type Pair = { readonly before: Json | undefined; readonly after: Json | undefined };

/** Compares an object before and after a write. */
export function compareValues(node: SchemaNode | undefined, before: Json, after: Json): Comparison {
  const changes = [...changesOf(node, { before, after }, [])];
  const those = (how: keyof Comparison): FieldSet =>
    fieldSetOf(changes.filter((change) => change.how === how).map(({ path }) => path));
  return { added: those("added"), modified: those("modified"), removed: those("removed") };
}

function* changesOf(node: SchemaNode | undefined, pair: Pair, path: FieldPath): Generator<Change> {
  const { before, after } = pair;
  if (before === after) {
    return;
  }
  const shape = commonShape(node, before, after);
  if (shape.kind !== "leaf" && !areEmpty(before, after)) {
    for (const [element, child, childNode] of childPairs(node, pair)) {
      yield* changesOf(childNode, child, [...path, element]);
    }
    if (before !== undefined && after !== undefined) {
      return;
    }
  }
  const how = changeOf(pair);
  if (how !== undefined) {
    yield { how, path };
  }
}

function changeOf({ before, after }: Pair): keyof Comparison | undefined {
  if (before === undefined) {
    return "added";
  }
  if (after === undefined) {
    return "removed";
  }
  return deepEqual(before, after) ? undefined : "modified";
}

function* childPairs(
  node: SchemaNode | undefined,
  { before, after }: Pair,
): Generator<readonly [element: string, pair: Pair, node: SchemaNode | undefined]> {
  const shape = commonShape(node, before, after);
  if (shape.kind === "list") {
    const left = new Map(itemsOf(before).map((item) => [shape.elementOf(item), item]));
    const right = new Map(itemsOf(after).map((item) => [shape.elementOf(item), item]));
    for (const element of new Set([...left.keys(), ...right.keys()])) {
      yield [element, { before: left.get(element), after: right.get(element) }, node?.items];
    }
    return;
  }
  const left = fieldsOf(before);
  const right = fieldsOf(after);
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    if (left[key] !== undefined || right[key] !== undefined) {
      const step = fieldStep(node, key);
      yield [step.element, { before: left[key], after: right[key] }, step.node];
    }
  }
}
