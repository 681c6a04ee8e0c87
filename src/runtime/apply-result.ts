import { isDeepStrictEqual } from "node:util";

import { isRecord, parseJson, toJson } from "../kube/json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../kube/object.ts";
import { type Fields, type FieldSet, hasKeys, isAppliedBy, unionOf, withoutUndefined } from "./managed-fields.ts";

/** Fields of a map or a list: those of the manager that applies, and those of all others. */
type Owners = { readonly own: FieldSet; readonly others: FieldSet };

const NONE: FieldSet = {};
/** Lists that every API server merges item by item; the managed fields tell of further ones only once they are owned. */
const SETS: readonly string[] = ["f:finalizers"];

/**
 * Returns the object that an API server stores when `fieldManager` applies `desired` by force. Pure.
 *
 * Fields that the manager owned and does not set any more go, unless another manager owns them too. The managed fields of
 * `live` must be complete. Defaults and admission of the server are not known here: fields that `desired` leaves out
 * appear only where `live` has them.
 */
export function applyResult<T extends KubeObject>(live: T | undefined, desired: T, fieldManager: string): T {
  const { managedFields = [], ...metadata } = live?.metadata ?? {};
  const owners = {
    own: unionOf(managedFields.filter((entry) => isAppliedBy(entry, fieldManager))),
    others: unionOf(managedFields.filter((entry) => !isAppliedBy(entry, fieldManager))),
  };
  const before = live === undefined ? undefined : { ...live, metadata };
  const after = mergeFields(withoutUndefined(desired), before ?? {}, owners);
  const entry: ManagedFieldsEntry = {
    manager: fieldManager,
    operation: "Apply",
    apiVersion: desired.apiVersion,
    fieldsType: "FieldsV1",
    fieldsV1: fieldsOf(withoutIdentity(desired), owners.own),
  };
  const result = {
    ...after,
    metadata: {
      ...(isRecord(after["metadata"]) ? after["metadata"] : {}),
      managedFields: [...managedFields.filter((one) => !isAppliedBy(one, fieldManager)), entry],
    },
  };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the fields of two objects of this kind
  return withGeneration(result as unknown as T, live);
}

/** Returns the object with the next generation if anything beside metadata and status differs from `before`. Pure. */
export function withGeneration<T extends KubeObject>(object: T, before: T | undefined): T {
  const isSame = before !== undefined && isDeepStrictEqual(contentOf(object), contentOf(before));
  const generation = isSame ? before.metadata.generation : (before?.metadata.generation ?? 0) + 1;
  return { ...object, metadata: { ...object.metadata, ...(generation !== undefined && { generation }) } };
}

function contentOf(object: KubeObject): Fields {
  const { metadata: _metadata, status: _status, ...content } = { status: undefined, ...object };
  return content;
}

function merge(desired: unknown, live: unknown, owners: Owners): unknown {
  if (isRecord(desired)) {
    return mergeFields(desired, isRecord(live) ? live : {}, owners);
  }
  const members = Object.keys(owners.own).filter((path) => path !== ".");
  return Array.isArray(desired) && Array.isArray(live) && members.length > 0
    ? mergeItems(desired, live, owners)
    : desired;
}

function mergeFields(desired: Fields, live: Fields, { own, others }: Owners): Fields {
  const kept = Object.entries(live).flatMap(([field, value]) => {
    const path = `f:${field}`;
    const isDropped = !Object.hasOwn(desired, field) && Object.hasOwn(own, path);
    const left = isDropped ? without(value, { own: own[path] ?? NONE, others: others[path] }) : value;
    return left === undefined ? [] : [[field, left] as const];
  });
  const set = Object.entries(desired).map(([field, value]) => {
    const path = `f:${field}`;
    const below = { own: own[path] ?? NONE, others: others[path] ?? NONE };
    const before = Object.hasOwn(live, field) ? live[field] : undefined;
    return [field, SETS.includes(path) ? mergeSet(value, before, below) : merge(value, before, below)] as const;
  });
  return Object.fromEntries([...kept, ...set]);
}

/** What is left of a value that its manager does not set any more: what others own, and what others have put beside it. */
function without(
  value: unknown,
  { own, others }: { readonly own: FieldSet; readonly others: FieldSet | undefined },
): unknown {
  const hasMembers = Object.keys(own).some((path) => path !== ".");
  const owners = { own, others: others ?? NONE };
  if (hasMembers && isRecord(value)) {
    return orNothing(mergeFields({}, value, owners), others);
  }
  if (hasMembers && Array.isArray(value)) {
    return orNothing(mergeItems([], value, owners), others);
  }
  return others === undefined ? undefined : value;
}

function orNothing(left: object, others: FieldSet | undefined): unknown {
  return Object.keys(left).length === 0 && others === undefined ? undefined : left;
}

function mergeSet(desired: unknown, live: unknown, owners: Owners): unknown {
  return Array.isArray(desired) && Array.isArray(live) ? mergeItems(desired, live, owners) : desired;
}

/** Desired items come in their order, items of others where they stood before. */
function mergeItems(desired: readonly unknown[], live: readonly unknown[], { own, others }: Owners): unknown[] {
  const isDropped = (item: unknown): boolean => isItemIn(item, own) && !isItemIn(item, others);
  const merged: unknown[] = [];
  let next = 0;
  const takeDesiredUntil = (end: number): void => {
    for (; next < end; next += 1) {
      const item = desired[next];
      const before = live.find((one) => isSameItem(item, one, own));
      const path = pathOf(before, own) ?? "";
      merged.push(
        before === undefined ? item : merge(item, before, { own: own[path] ?? NONE, others: others[path] ?? NONE }),
      );
    }
  };
  for (const item of live) {
    const at = desired.findIndex((one) => isSameItem(one, item, own));
    if (at >= 0) {
      takeDesiredUntil(at + 1);
    } else if (!isDropped(item)) {
      merged.push(item);
    }
  }
  takeDesiredUntil(desired.length);
  return merged;
}

function isSameItem(desired: unknown, live: unknown, own: FieldSet): boolean {
  const path = pathOf(live, own);
  const keys = path?.startsWith("k:") === true ? parseJson(path.slice(2)) : undefined;
  return isRecord(keys) ? hasKeys(desired, keys, "or default") : isDeepStrictEqual(desired, live);
}

function isItemIn(item: unknown, set: FieldSet): boolean {
  return pathOf(item, set) !== undefined;
}

/** The path of a list's item in the managed fields of the list, if the item is owned. */
function pathOf(item: unknown, set: FieldSet): string | undefined {
  return Object.keys(set).find((path) => {
    const selector: unknown = /^[kv]:/.test(path) ? parseJson(path.slice(2)) : undefined;
    return path.startsWith("v:")
      ? isDeepStrictEqual(item, selector)
      : isRecord(selector) && hasKeys(item, selector, "exactly");
  });
}

/** The fields that the manager owns from now on. */
function fieldsOf(desired: unknown, before: FieldSet | undefined): FieldSet {
  if (isRecord(desired)) {
    return Object.fromEntries(
      Object.entries(desired).map(([field, value]) => {
        const path = `f:${field}`;
        return [path, SETS.includes(path) ? itemsOf(value) : fieldsOf(value, before?.[path])];
      }),
    );
  }
  const keys = Object.keys(before ?? NONE).find((path) => /^[kv]:/.test(path));
  if (!Array.isArray(desired) || keys === undefined) {
    return {};
  }
  return keys.startsWith("v:") ? itemsOf(desired) : keyedItemsOf(desired, keys);
}

function itemsOf(value: unknown): FieldSet {
  return Array.isArray(value) ? Object.fromEntries(value.map((item: unknown) => [`v:${toJson(item)}`, {}])) : {};
}

function keyedItemsOf(items: readonly unknown[], path: string): FieldSet {
  const names = namesIn(parseJson(path.slice(2)));
  return Object.fromEntries(
    items.filter(isRecord).map((item) => {
      const keys = Object.fromEntries(names.map((name) => [name, item[name]]));
      return [`k:${toJson(keys)}`, { ".": {}, ...fieldsOf(item, undefined) }];
    }),
  );
}

function namesIn(keys: unknown): readonly string[] {
  return isRecord(keys) ? Object.keys(keys) : [];
}

function withoutIdentity({ apiVersion: _1, kind: _2, metadata, ...fields }: KubeObject): Fields {
  const { name: _3, namespace: _4, managedFields: _5, ...rest } = metadata;
  return Object.keys(rest).length === 0 ? fields : { ...fields, metadata: rest };
}
