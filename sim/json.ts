/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. A key set to `undefined` counts as absent. */
export type JsonObject = { readonly [key: string]: Json | undefined };

/** Whether a JSON value is an object (neither `null` nor a list). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
