import { isDeepStrictEqual } from "node:util";
import { isRecord, isSameJson, parseJson, toJson } from "../kube/json.ts";
import type { KubeObject, ManagedFieldsEntry } from "../kube/object.ts";

/** `fieldsV1`: `f:<field>`, `k:<keys as JSON>`, `v:<value as JSON>`, and `.` for the field or item itself. */
export type FieldSet = { readonly [path: string]: FieldSet };
export type Fields = { readonly [field: string]: unknown };

/**
 * Whether applying `desired` as `fieldManager` would change nothing in `live`.
 *
 * It would not when every leaf of `desired` has the same value in `live` and is owned by the manager, and every leaf
 * that the manager owns is in `desired`: server-side apply would remove the others. Fields of other managers do not
 * count.
 */
export function isApplied(live: KubeObject, desired: object, fieldManager: string): boolean {
  const owned = ownedBy(live, fieldManager);
  return isInPlace(desired, (wanted) => matches(withoutIdentity(wanted), live, owned));
}

/** Whether the same holds for the spec alone. */
export function isSpecApplied(live: KubeObject, desired: KubeObject, fieldManager: string): boolean {
  const present: Fields = { ...live };
  const owned = ownedBy(live, fieldManager)["f:spec"];
  return isInPlace(desired, (wanted) => matches(wanted["spec"], present["spec"], owned));
}

// The value as it is sent costs a copy. It differs from the value here only in details that make a comparison fail.
function isInPlace(desired: object, compare: (wanted: Fields) => boolean): boolean {
  return compare({ ...desired }) || compare(withoutUndefined(desired));
}

/** The union of the `fieldsV1` of two managed fields entries. */
export function unionOfFields(left: Fields, right: Fields): Fields {
  return union(toFieldSet(left), toFieldSet(right));
}

/** The fields that the manager owns, as the object names them: whatever is no map names no fields below. */
function ownedBy({ metadata: { managedFields = [] } }: KubeObject, fieldManager: string): Fields {
  const [entry, ...others] = managedFields.filter((one) => isAppliedBy(one, fieldManager));
  return entry === undefined || others.length > 0
    ? unionOf([...(entry ? [entry] : []), ...others])
    : (entry.fieldsV1 ?? {});
}

/** Whether an entry has the fields that the manager has applied. */
export function isAppliedBy(
  { manager, operation, subresource = "" }: ManagedFieldsEntry,
  fieldManager: string,
): boolean {
  return manager === fieldManager && operation === "Apply" && subresource === "";
}

/** The fields of some entries together. */
export function unionOf(entries: readonly ManagedFieldsEntry[]): FieldSet {
  return entries.map(({ fieldsV1 = {} }) => toFieldSet(fieldsV1)).reduce(union, {});
}

/** The fields that identify an object have no owner. */
function withoutIdentity(desired: Fields): Fields {
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...fields } = desired;
  if (!isRecord(metadata)) {
    return fields;
  }
  const { name: _name, namespace: _namespace, ...rest } = metadata;
  return Object.keys(rest).length === 0 ? fields : { ...fields, metadata: rest };
}

function matches(desired: unknown, live: unknown, owner: unknown): boolean {
  if (owner === undefined) {
    return false;
  }
  const owned = isRecord(owner) ? owner : NO_FIELDS;
  if (Array.isArray(desired)) {
    return matchesList(desired, live, owned);
  }
  if (isRecord(desired) && (membersIn(owned) > 0 || Object.keys(desired).length === 0)) {
    return isRecord(live) && matchesFields(desired, live, owned);
  }
  // A scalar, or an atomic map, is owned as a whole.
  return isSameJson(desired, live);
}

const NO_FIELDS: Fields = {};

/** How many fields or items a field set names below a field. */
function membersIn(owned: Fields): number {
  return Object.keys(owned).length - (Object.hasOwn(owned, ".") ? 1 : 0);
}

// Each field has an owner, and there are as many of them: so there is no member that is not desired.
function matchesFields(desired: Fields, live: Fields, owned: Fields): boolean {
  let wanted = 0;
  for (const field of Object.keys(desired)) {
    const value = desired[field];
    if (value !== undefined) {
      if (!matches(value, live[field], owned[`f:${field}`])) {
        return false;
      }
      wanted += 1;
    }
  }
  return wanted === membersIn(owned);
}

function matchesList(desired: readonly unknown[], live: unknown, owned: Fields): boolean {
  if (!Array.isArray(live)) {
    return false;
  }
  const members = Object.keys(owned).filter((path) => path !== ".");
  if (members.length === 0) {
    return isSameJson(desired, live);
  }
  // Each item has one path, except an item that is desired twice or that the manager does not own.
  return (
    members.length === desired.length &&
    members.every((path) => matchesItem(path, { desired, live, owned: owned[path] }))
  );
}

function matchesItem(
  path: string,
  lists: { readonly desired: readonly unknown[]; readonly live: readonly unknown[]; readonly owned: unknown },
): boolean {
  const selector = parseJson(path.slice(2));
  if (path.startsWith("v:")) {
    const isValue = (item: unknown): boolean => isDeepStrictEqual(item, selector);
    return lists.desired.some(isValue) && lists.live.some(isValue);
  }
  if (!path.startsWith("k:") || !isRecord(selector)) {
    return false;
  }
  const desired = lists.desired.find((item) => hasKeys(item, selector, "or default"));
  const live = lists.live.find((item) => hasKeys(item, selector, "exactly"));
  return desired !== undefined && matches(desired, live, lists.owned);
}

/** Whether a list item has the values of its keys. A desired item may lack a key that has a default in the schema, as `protocol` of a port. */
export function hasKeys(item: unknown, keys: Fields, mode: "exactly" | "or default"): boolean {
  return (
    isRecord(item) &&
    Object.entries(keys).some(([key, value]) => isDeepStrictEqual(item[key], value)) &&
    Object.entries(keys).every(
      ([key, value]) => isDeepStrictEqual(item[key], value) || (mode === "or default" && item[key] === undefined),
    )
  );
}

function union(left: FieldSet, right: FieldSet): FieldSet {
  const merged: Record<string, FieldSet> = { ...left };
  for (const [path, set] of Object.entries(right)) {
    const before = merged[path];
    merged[path] = before === undefined ? set : union(before, set);
  }
  return merged;
}

function toFieldSet(value: Fields): FieldSet {
  return Object.fromEntries(
    Object.entries(value).map(([path, child]) => [path, isRecord(child) ? toFieldSet(child) : {}]),
  );
}

/** The value as it is sent: without `undefined`. */
export function withoutUndefined(value: object): Fields {
  const travelled = parseJson(toJson(value));
  return isRecord(travelled) ? travelled : {};
}

/** The entries of a manager for an object itself, without what nobody compares. */
export function ownManagedFields(
  entries: readonly ManagedFieldsEntry[],
  fieldManager: string,
): readonly ManagedFieldsEntry[] {
  return entries
    .filter(({ manager, subresource = "" }) => manager === fieldManager && subresource === "")
    .map(({ manager, operation, fieldsV1 }) => ({
      ...(manager !== undefined && { manager }),
      ...(operation !== undefined && { operation }),
      ...(fieldsV1 !== undefined && { fieldsV1 }),
    }));
}
