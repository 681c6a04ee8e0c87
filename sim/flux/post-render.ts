import { isJsonObject, type Json, type JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";
import { listAt, textAt } from "../value-at.ts";

/**
 * Lays the strategic merge patches of post-renderers over objects of the kind they target.
 *
 * Plays patches written as JSON and targets given by kind; lists are merged by the key that the items of pods have.
 */
export function postRender(objects: readonly Obj[], renderers: readonly unknown[]): readonly Obj[] {
  const patches = renderers.flatMap((renderer) => listAt(renderer, "kustomize", "patches"));
  return objects.map((object) =>
    patches
      .filter((patch) => textAt(patch, "target", "kind") === object.kind)
      .map((patch) => JSON.parse(textAt(patch, "patch")) as JsonObject)
      .reduce<Obj>(lay, object),
  );
}

function lay(object: Obj, { metadata: _selectedByTarget, ...patch }: JsonObject): Obj {
  return { ...(mergeObjects(object as unknown as JsonObject, patch) as unknown as Obj), metadata: object.metadata };
}

function mergeObjects(base: JsonObject, over: JsonObject): JsonObject {
  const merged = Object.entries(over).map(([name, value]) => [name, merge(base[name], value)] as const);
  return { ...base, ...Object.fromEntries(merged) };
}

function merge(base: Json | undefined, over: Json | undefined): Json | undefined {
  if (isJsonObject(base) && isJsonObject(over)) {
    return mergeObjects(base, over);
  }
  return isList(base) && isList(over) ? mergeLists(base, over) : over;
}

function mergeLists(base: readonly Json[], over: readonly Json[]): readonly Json[] {
  const keys = new Set(over.map(keyOf));
  const changed = base.map((item) => merge(item, over.find((other) => keyOf(other) === keyOf(item)) ?? item) ?? item);
  const known = new Set(base.map(keyOf));
  return keys.has("") ? over : [...changed, ...over.filter((item) => !known.has(keyOf(item)))];
}

function keyOf(item: Json): string {
  return textAt(item, "mountPath") || textAt(item, "name");
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
