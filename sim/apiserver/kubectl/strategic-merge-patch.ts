import { deepEqual } from "../../deep-equal.ts";
import { isJsonObject, type Json, type JsonObject, writeJson } from "../../json.ts";
import { asJson, asTyped, isJsonList } from "../schema/as-json.ts";
import { childPath } from "../schema/field-path.ts";
import { PatchError } from "../apply/patch-error.ts";

const SET_ORDER = "$setElementOrder/";
const DELETE_VALUES = "$deleteFromPrimitiveList/";

/**
 * Applies a strategic merge patch to a built-in object.
 *
 * Lists merge by the keys of the real types; `$patch: delete|replace|merge`, `$deleteFromPrimitiveList/…`,
 * `$setElementOrder/…` and `$retainKeys` are understood.
 */
export function strategicMergePatch<T extends object>(target: T, patch: unknown): T {
  if (!isJsonObject(patch)) {
    throw PatchError.malformed("invalid JSON document");
  }
  return asTyped(target, mergeObjects(asJson(target), patch, ""));
}

function mergeObjects(target: JsonObject, patch: JsonObject, path: string): JsonObject {
  const { $patch: directive, $retainKeys: retained, ...fields } = patch;
  if (directive === "replace") {
    return fields;
  }
  if (directive === "delete") {
    return {};
  }
  const result = retained === undefined ? new Map(Object.entries(target)) : retain(target, listOf(retained));
  for (const [key, value] of Object.entries(fields)) {
    if (key.startsWith(DELETE_VALUES)) {
      const field = key.slice(DELETE_VALUES.length);
      result.set(field, without(listOf(result.get(field)), listOf(value)));
    }
  }
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined && !key.startsWith("$")) {
      setField(result, key, mergeField(result.get(key), value, childPath(path, key)));
    }
  }
  return reorder(result, fields, path);
}

type Fields = Map<string, Json | undefined>;

function setField(fields: Fields, key: string, value: Json | undefined): void {
  if (value === undefined) {
    fields.delete(key);
  } else {
    fields.set(key, value);
  }
}

function retain(target: JsonObject, keys: readonly Json[]): Fields {
  return new Map(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function mergeField(current: Json | undefined, value: Json, path: string): Json | undefined {
  if (value === null) {
    return undefined;
  }
  if (isJsonObject(value)) {
    return mergeObjects(isJsonObject(current) ? current : {}, value, path);
  }
  return isJsonList(value) ? mergeList(listOf(current), value, path) : value;
}

function mergeList(current: readonly Json[], patch: readonly Json[], path: string): readonly Json[] {
  const strategy = patchStrategy(path);
  switch (strategy.kind) {
    case "replace":
      return patch;
    case "values":
      return [...current, ...without(patch, current)];
    case "items":
      return mergeItems(current, patch, { path, key: strategy.key });
  }
}

function mergeItems(
  current: readonly Json[],
  patch: readonly Json[],
  { path, key }: { readonly path: string; readonly key: string },
): readonly Json[] {
  if (patch.some((item) => fieldOf(item, "$patch") === "replace")) {
    return patch.filter((item) => fieldOf(item, "$patch") === undefined);
  }
  let items = current;
  for (const item of patch) {
    const id = fieldOf(item, key);
    if (!isJsonObject(item) || id === undefined) {
      throw PatchError.malformed(`map: ${writeJson(item)} does not contain declared merge key: ${key}`);
    }
    const index = items.findIndex((candidate) => deepEqual(fieldOf(candidate, key), id));
    if (item["$patch"] === "delete") {
      items = index === -1 ? items : items.toSpliced(index, 1);
    } else {
      const before = items[index];
      const merged = mergeObjects(isJsonObject(before) ? before : {}, item, path);
      items = index === -1 ? [...items, merged] : items.with(index, merged);
    }
  }
  return items;
}

/** Items that `$setElementOrder` names come in its order; all others keep their place behind those in front of them. */
function reorder(fields: Fields, patch: JsonObject, path: string): JsonObject {
  for (const [directive, order] of Object.entries(patch)) {
    const field = directive.startsWith(SET_ORDER) ? directive.slice(SET_ORDER.length) : undefined;
    const items = field === undefined ? undefined : fields.get(field);
    if (field !== undefined && isJsonList(items)) {
      fields.set(field, inOrder(items, listOf(order), identityAt(childPath(path, field))));
    }
  }
  return Object.fromEntries(fields);
}

function identityAt(path: string): (item: Json) => Json | undefined {
  const strategy = patchStrategy(path);
  return strategy.kind === "items" ? (item) => fieldOf(item, strategy.key) : (item) => item;
}

function inOrder(items: readonly Json[], order: readonly Json[], idOf: (item: Json) => Json | undefined): Json[] {
  const rank = (item: Json): number => order.findIndex((wanted) => deepEqual(idOf(wanted), idOf(item)));
  const ranked = items.filter((item) => rank(item) !== -1).toSorted((left, right) => rank(left) - rank(right));
  const remaining = ranked.values();
  return items.map((item) => (rank(item) === -1 ? item : (remaining.next().value ?? item)));
}

function without(items: readonly Json[], removed: readonly Json[]): Json[] {
  return items.filter((item) => !removed.some((other) => deepEqual(item, other)));
}

function listOf(value: Json | undefined): readonly Json[] {
  return isJsonList(value) ? value : [];
}

function fieldOf(item: Json, key: string): Json | undefined {
  return isJsonObject(item) ? item[key] : undefined;
}

// How a strategic merge patch treats a list: as a whole, value by value, or item by item under a key.
type PatchStrategy =
  | { readonly kind: "replace" }
  | { readonly kind: "values" }
  | { readonly kind: "items"; readonly key: string };

const REPLACE: PatchStrategy = { kind: "replace" };

// The key depends on where a field lies: the pattern is matched against the end of the path.
const MERGE_KEYS: readonly (readonly [path: RegExp, key: string])[] = [
  [/(^|\.)(containers|initContainers|ephemeralContainers|volumes|env|imagePullSecrets|schedulingGates)$/u, "name"],
  [/ontainers\.ports$/u, "containerPort"],
  [/^spec\.ports$/u, "port"],
  [/\.volumeMounts$/u, "mountPath"],
  [/\.volumeDevices$/u, "devicePath"],
  [/\.hostAliases$/u, "ip"],
  [/\.topologySpreadConstraints$/u, "topologyKey"],
  [/^status\.(conditions|addresses)$/u, "type"],
  [/^status\.podIPs$/u, "ip"],
  [/^secrets$/u, "name"],
  [/^metadata\.ownerReferences$/u, "uid"],
  [/^spec\.taints$/u, "key"],
];

const VALUE_LISTS: readonly RegExp[] = [/^metadata\.finalizers$/u, /^spec\.podCIDRs$/u];

// The strategy for the list at `path` of a built-in object; list items do not appear in the path.
function patchStrategy(path: string): PatchStrategy {
  if (VALUE_LISTS.some((pattern) => pattern.test(path))) {
    return { kind: "values" };
  }
  const key = MERGE_KEYS.find(([pattern]) => pattern.test(path))?.[1];
  return key === undefined ? REPLACE : { kind: "items", key };
}
