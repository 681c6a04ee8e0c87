import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
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
  for (const [key, value] of Object.entries(patch)) {
    if (value === undefined) {
      continue;
    }
    if (value === null) {
      result.delete(key);
    } else {
      result.set(key, mergeValue(result.get(key), value));
    }
  }
  return Object.fromEntries(result);
}

function mergeValue(current: Json | undefined, value: Json): Json {
  return isJsonObject(value) ? mergeObjects(isJsonObject(current) ? current : {}, value) : value;
}
