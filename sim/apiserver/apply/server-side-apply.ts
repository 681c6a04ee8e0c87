import { compareValues, type Comparison } from "./compare-values.ts";
import { type Conflict, conflictsOf } from "./conflict.ts";
import { below, difference, EMPTY_SET, type FieldSet, intersection, isEmptySet, union } from "./field-set.ts";
import { type Manager, managerId, type Managers, mapFields, readManagers, withManagers } from "./managers.ts";
import { mergeValues } from "./merge-values.ts";
import { ownedFields, withNamedFields } from "./owned-fields.ts";
import { recordUpdate } from "./record-update.ts";
import { fieldStep, shapeOf } from "./shape.ts";
import { trackedFields, writtenFields } from "./untracked-fields.ts";
import { ownershipNode, resetFieldsOf, type Write } from "./write.ts";
import { asJson, asTyped, isJsonList } from "../schema/as-json.ts";
import type { SchemaNode } from "../schema/schema-node.ts";
import { deepEqual } from "../../deep-equal.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";

/** A server-side apply of `applied` onto `live`, which is absent when the object is created by it. */
export type Apply = Write & { readonly live?: Obj; readonly applied: Obj; readonly force: boolean };

/**
 * Applies a configuration as `kubectl apply --server-side` does.
 *
 * The applier owns what it applies, shares it with others who want the same value, and gives up what it leaves out:
 * a field nobody else owns is removed then. A value that another manager owns differently is a conflict,
 * unless `force` takes it over. An apply that changes nothing returns `live` itself.
 */
export function serverSideApply(apply: Apply): { object: Obj } | { conflicts: readonly Conflict[] } {
  const node = ownershipNode(apply, apply.applied.kind);
  const live = withFirstManager(apply);
  const before = readManagers(live);
  const start = contentOf(live) ?? emptyObject(apply.applied);

  const own = newManager(apply, node);
  const id = managerId(own);
  const managers = new Map([...before, [id, own]]);
  const merged = asJson(mergeObjects(node, start, withoutManagedFields(apply.applied)));
  // Name and namespace count here although nobody tracks them: they keep the metadata when everything else in it goes.
  const applied = { ...own, fields: ownedFields(node, asJson(withoutManagedFields(apply.applied))) };
  const holders = new Map([...managers, [id, applied]]);
  const wanted = prune({ node, merged, managers: holders, last: before.get(id)?.fields ?? EMPTY_SET });

  const comparison = compareValues(node, start, wanted);
  const others = new Map([...managers].filter(([other]) => other !== id));
  const taken = takenFields(comparison, resetFieldsOf(apply));
  const gone = writtenFields(comparison.removed, resetFieldsOf(apply));
  const conflicts = conflictsOf(others, taken);
  if (conflicts.length > 0 && !apply.force) {
    return { conflicts };
  }

  const isSame = live !== undefined && deepEqual(start, wanted);
  const left = mapFields(others, ({ fields }) => difference(difference(fields, taken), gone));
  const stamped = isSame ? keepTime(own, before.get(id)) : { ...own, time: apply.time };
  const result = withManagers(asTyped(apply.applied, wanted), withOwn(left, id, stamped));
  return { object: live !== undefined && deepEqual(result, apply.live) ? live : result };
}

function newManager(apply: Apply, node: SchemaNode): Manager {
  const { manager, apiVersion, subresource = "" } = apply;
  const owned = ownedFields(node, asJson(withoutManagedFields(apply.applied)));
  return {
    manager,
    operation: "Apply",
    apiVersion,
    ...(subresource !== "" && { subresource }),
    fields: trackedFields(writtenFields(owned, resetFieldsOf(apply))),
  };
}

// The fields of an object that nobody has managed so far belong to a manager of their own from the first apply on.
function withFirstManager({ live, ...apply }: Apply): Obj | undefined {
  if (live === undefined || readManagers(live).size > 0) {
    return live;
  }
  const { subresource: _endpoint, ...write } = apply;
  return recordUpdate({ ...write, after: live, manager: "before-first-apply" });
}

function contentOf(live: Obj | undefined): JsonObject | undefined {
  return live === undefined ? undefined : asJson(withoutManagedFields(live));
}

function withoutManagedFields(object: Obj): Obj {
  const { managedFields: _entries, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function emptyObject({ apiVersion, kind }: Obj): JsonObject {
  return { apiVersion, kind, metadata: {} };
}

function mergeObjects(node: SchemaNode, live: JsonObject, applied: Obj): JsonObject {
  const merged = mergeValues(node, live, asJson(applied));
  return asJson(typeof merged === "object" && merged !== null ? merged : {});
}

type Pruning = {
  readonly node: SchemaNode;
  readonly merged: JsonObject;
  readonly managers: Managers;
  /** What the applier owned before. */
  readonly last: FieldSet;
};

/** Removes what the applier gave up, except for what somebody else owns. */
function prune({ node, merged, managers, last }: Pruning): JsonObject {
  if (isEmptySet(last)) {
    return merged;
  }
  const named = (set: FieldSet): FieldSet => withNamedFields(set, node);
  const all = named(ownedFields(node, merged));
  const owned = [...managers.values()].map(({ fields }) => fields).reduce(union, EMPTY_SET);

  const withoutLast = removeFields(node, merged, named(last));
  const kept = union(named(ownedFields(node, withoutLast)), named(owned));
  const withOwned = removeFields(node, merged, difference(all, kept));

  const gone = difference(all, named(ownedFields(node, withOwned)));
  return asJson(removeObjectFields(node, merged, intersection(gone, named(last))));
}

function removeObjectFields(node: SchemaNode, object: JsonObject, set: FieldSet): JsonObject {
  const left = removeFields(node, object, set);
  return asJson(typeof left === "object" && left !== null ? left : {});
}

function takenFields({ added, modified }: Comparison, reset: readonly string[]): FieldSet {
  return writtenFields(union(added, modified), reset);
}

function keepTime(own: Manager, before: Manager | undefined): Manager {
  return before?.time === undefined ? own : { ...own, time: before.time };
}

function withOwn(others: Managers, id: string, own: Manager): Managers {
  return isEmptySet(own.fields) ? others : new Map([...others, [id, own]]);
}

/** Removes the fields and items of the set. What holds them stays, if empty. */
function removeFields(node: SchemaNode | undefined, value: Json, set: FieldSet): Json {
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
