import { isJsonObject, type Json, type JsonObject } from "../../json.ts";

/** Looks at an object that came from JSON as JSON. */
export function asJson(object: object): JsonObject {
  if (!isJsonObject(object)) {
    throw new TypeError("expected an object, found a list");
  }
  return object;
}

/** Gives JSON that was derived from `original`, field by field, its type back. */
export function asTyped<T extends object>(_original: T, json: JsonObject): T {
  return json as unknown as T;
}

/** Whether a JSON value is a list. */
export function isJsonList(value: unknown): value is readonly Json[] {
  return Array.isArray(value);
}
