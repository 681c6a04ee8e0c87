import { isJsonObject, type JsonObject } from "../../json.ts";
import type { Metadata, Obj } from "../../object.ts";
import { trusted } from "../../trusted.ts";
import { textAt } from "../../value-at.ts";
import { badRequest, unsupportedMediaType } from "../api-error.ts";
import type { Resource } from "../registry/resource.ts";
import { apiVersionOf } from "../served-resource.ts";

const JSON_TYPE = "application/json";

/** Refuses bodies of objects that are not JSON; patches have types of their own. */
export function checkMediaType(verb: string, contentType: string = JSON_TYPE): void {
  if ((verb === "create" || verb === "update") && !contentType.startsWith(JSON_TYPE)) {
    throw unsupportedMediaType([JSON_TYPE]);
  }
}

/** Parses a JSON body into an object. */
export function parseJsonObject(body: string): JsonObject {
  const value = parseJson(body);
  if (!isJsonObject(value)) {
    throw badRequest("the request body is not a JSON object");
  }
  return value;
}

/** Parses any JSON body. */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body) as unknown;
  } catch (cause) {
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw badRequest(`couldn't get version/kind; json parse error: ${detail}`);
  }
}

/** Makes an object of `resource` out of what a client sent, or refuses it when it is something else. */
export function decodeObject(resource: Resource, sent: JsonObject): Obj {
  const expected = apiVersionOf(resource);
  const apiVersion = textAt(sent, "apiVersion") || (resource.strategy.omitsItemKind ? expected : "");
  const kind = textAt(sent, "kind") || (resource.strategy.omitsItemKind ? resource.kind : "");
  if (kind === "") {
    throw badRequest(`Object 'Kind' is missing in '${JSON.stringify(sent)}'`);
  }
  if (apiVersion !== expected) {
    const message = `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`;
    throw badRequest(message);
  }
  if (kind !== resource.kind) {
    throw badRequest(
      `${kind} in version "${expected}" cannot be handled as a ${resource.kind}: no kind "${kind}" is registered for version "${expected}"`,
    );
  }
  for (const field of resource.strategy.textMaps ?? []) {
    checkTexts(
      `${kind} in version "${resource.version}" cannot be handled as a ${kind}`,
      `${kind}.${field}`,
      sent[field],
    );
  }
  return { ...sent, apiVersion, kind, metadata: decodeMetadata(sent["metadata"]) };
}

function decodeMetadata(sent: unknown): Metadata {
  if (sent === undefined || sent === null) {
    return { name: "" };
  }
  if (!isJsonObject(sent)) {
    throw badRequest("json: cannot unmarshal metadata into Go value of type v1.ObjectMeta");
  }
  for (const field of ["labels", "annotations"]) {
    checkTexts("metadata", `ObjectMeta.metadata.${field}`, sent[field]);
  }
  const known = Object.entries(sent).filter(([, value]) => value !== null && !isEmpty(value));
  return { name: "", ...trusted<Partial<Metadata>>(Object.fromEntries(known)) };
}

function checkTexts(context: string, field: string, value: unknown): void {
  if (value === undefined || value === null) {
    return;
  }
  const found = isJsonObject(value) ? Object.values(value).find((text) => typeof text !== "string") : value;
  if (found !== undefined) {
    throw badRequest(
      `${context}: json: cannot unmarshal ${goName(found)} into Go struct field ${field} of type string`,
    );
  }
}

function goName(value: unknown): string {
  if (Array.isArray(value)) {
    return "array";
  }
  return typeof value === "boolean" ? "bool" : typeof value;
}

// Go's ObjectMeta omits empty maps, lists and strings.
function isEmpty(value: unknown): boolean {
  return (
    value === "" || (Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0)
  );
}
