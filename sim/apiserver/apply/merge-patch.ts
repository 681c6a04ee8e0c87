import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { deepEqual } from "../../deep-equal.ts";
import { asJson, asTyped } from "../schema/as-json.ts";
import { PatchError } from "./patch-error.ts";

/** Applies a JSON merge patch (RFC 7386): `null` removes, objects merge, everything else replaces. */
export function mergePatch<T extends object>(target: T, patch: unknown): T {
  if (!isJsonObject(patch)) {
    throw PatchError.malformed(
      "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
    );
  }
  return asTyped(target, mergeObjects(asJson(target), patch));
}

function mergeObjects(target: JsonObject, patch: JsonObject): JsonObject {
  const result = new Map(Object.entries(target));
  let isSame = true;
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) {
      continue;
    }
    if (value === null) {
      isSame = !result.delete(key) && isSame;
    } else {
      const merged = mergeValue(result.get(key), value);
      isSame &&= merged === result.get(key);
      result.set(key, merged);
    }
  }
  // What stays as it is stays the same object, so that nobody has to look inside for changes.
  return isSame ? target : Object.fromEntries(result);
}

function mergeValue(current: Json | undefined, value: Json): Json {
  if (isJsonObject(value)) {
    return mergeObjects(isJsonObject(current) ? current : {}, value);
  }
  return current !== undefined && deepEqual(current, value) ? current : value;
}
