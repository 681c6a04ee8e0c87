import { isDeepStrictEqual } from "node:util";
import { parseJson, toJson } from "../kube/json.ts";
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
  return matches(withoutIdentity(withoutUndefined(desired)), live, ownedBy(live, fieldManager));
}

/** Whether the same holds for the spec alone. */
export function isSpecApplied(live: KubeObject, desired: KubeObject, fieldManager: string): boolean {
  const [wanted, present]: readonly Fields[] = [withoutUndefined(desired), { ...live }];
  return matches(wanted?.["spec"], present?.["spec"], ownedBy(live, fieldManager)["f:spec"]);
}

/** The union of the `fieldsV1` of two managed fields entries. */
export function unionOfFields(left: Fields, right: Fields): Fields {
  return union(toFieldSet(left), toFieldSet(right));
}

function ownedBy(live: KubeObject, fieldManager: string): FieldSet {
  return unionOf((live.metadata.managedFields ?? []).filter((entry) => isAppliedBy(entry, fieldManager)));
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
  if (!isFields(metadata)) {
    return fields;
  }
  const { name: _name, namespace: _namespace, ...rest } = metadata;
  return Object.keys(rest).length === 0 ? fields : { ...fields, metadata: rest };
}

function matches(desired: unknown, live: unknown, owned: FieldSet | undefined): boolean {
  if (owned === undefined) {
    return false;
  }
  const members = Object.keys(owned).filter((path) => path !== ".");
  if (Array.isArray(desired)) {
    return matchesList(desired, live, { owned, members });
  }
  if (isFields(desired) && (members.length > 0 || Object.keys(desired).length === 0)) {
    return matchesFields(desired, live, { owned, members });
  }
  // A scalar, or an atomic map, is owned as a whole.
  return isDeepStrictEqual(desired, live);
}

type Ownership = { readonly owned: FieldSet; readonly members: readonly string[] };

function matchesFields(desired: Fields, live: unknown, { owned, members }: Ownership): boolean {
  return (
    isFields(live) &&
    members.every((path) => path.startsWith("f:") && Object.hasOwn(desired, path.slice(2))) &&
    Object.entries(desired).every(([field, value]) => matches(value, live[field], owned[`f:${field}`]))
  );
}

function matchesList(desired: readonly unknown[], live: unknown, { owned, members }: Ownership): boolean {
  if (!Array.isArray(live)) {
    return false;
  }
  if (members.length === 0) {
    return isDeepStrictEqual(desired, live);
  }
  // Each item has one path, except an item that is desired twice or that the manager does not own.
  return (
    members.length === desired.length &&
    members.every((path) => matchesItem(path, { desired, live, owned: owned[path] ?? {} }))
  );
}

function matchesItem(
  path: string,
  lists: { readonly desired: readonly unknown[]; readonly live: readonly unknown[]; readonly owned: FieldSet },
): boolean {
  const selector = parseJson(path.slice(2));
  if (path.startsWith("v:")) {
    const isValue = (item: unknown): boolean => isDeepStrictEqual(item, selector);
    return lists.desired.some(isValue) && lists.live.some(isValue);
  }
  if (!path.startsWith("k:") || !isFields(selector)) {
    return false;
  }
  const desired = lists.desired.find((item) => hasKeys(item, selector, "or default"));
  const live = lists.live.find((item) => hasKeys(item, selector, "exactly"));
  return desired !== undefined && matches(desired, live, lists.owned);
}

/** Whether a list item has the values of its keys. A desired item may lack a key that has a default in the schema, as `protocol` of a port. */
export function hasKeys(item: unknown, keys: Fields, mode: "exactly" | "or default"): boolean {
  return (
    isFields(item) &&
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
    Object.entries(value).map(([path, child]) => [path, isFields(child) ? toFieldSet(child) : {}]),
  );
}

/** Whether a value is a map of fields. */
export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value as it is sent: without `undefined`. */
export function withoutUndefined(value: object): Fields {
  const travelled = parseJson(toJson(value));
  return isFields(travelled) ? travelled : {};
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
