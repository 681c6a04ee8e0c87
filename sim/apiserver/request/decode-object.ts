import { isJsonObject, type Json, type JsonObject, NumberRangeError, readJson, writeJson } from "../../json.ts";
import type { Metadata, Obj } from "../../object.ts";
import { trusted } from "../../trusted.ts";
import { textAt } from "../../value-at.ts";
import { badRequest, invalid, unsupportedMediaType } from "../api/api-error.ts";
import type { Resource } from "../registry/resource.ts";
import { mapFields } from "../schema/map-json.ts";
import { apiVersionOf } from "../api/served-resource.ts";

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const ESCAPED_SURROGATE = /\\\\|\\u(d[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}|\\ud[89a-f][0-9a-f]{2}/giu;
const SHOWN_LENGTH = 27;
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
    return readJson(withoutHalfPairs(body));
  } catch (cause) {
    if (cause instanceof NumberRangeError) {
      throw badRequest(cause.message);
    }
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw badRequest(`couldn't get version/kind; json parse error: ${detail}`);
  }
}

// Go stores U+FFFD for an escaped half of a surrogate pair.
function withoutHalfPairs(json: string): string {
  return json.replaceAll(ESCAPED_SURROGATE, (found, high: string | undefined) =>
    found.startsWith("\\u") && high === undefined ? "\ufffd" : found,
  );
}

/** Makes an object of `resource` out of what a client sent, or refuses it when it is something else. */
export function decodeObject(resource: Resource, sent: JsonObject): Obj {
  const isTyped = resource.strategy.omitsItemKind;
  const apiVersion = textAt(sent, "apiVersion") || (isTyped ? apiVersionOf(resource) : "");
  const kind = textAt(sent, "kind") || (isTyped ? resource.kind : "");
  checkKind(resource, sent, { apiVersion, kind });
  const { textMaps = [] } = resource.strategy;
  for (const field of textMaps) {
    checkTexts(
      `${kind} in version "${resource.version}" cannot be handled as a ${kind}`,
      `${kind}.${field}`,
      sent[field],
    );
  }
  for (const field of resource.strategy.binaryMaps ?? []) {
    checkBase64(`${kind} in version "${resource.version}" cannot be handled as a ${kind}`, sent[field]);
  }
  const texts = Object.fromEntries(textMaps.map((field) => [field, texted(sent[field])]));
  const typed = { ...sent, ...texts };
  const fields = isTyped ? withoutEmpty(resource, typed) : typed;
  return { ...fields, apiVersion, kind, metadata: decodeMetadata(sent["metadata"]) };
}

type TypeMeta = { readonly apiVersion: string; readonly kind: string };

function checkKind(resource: Resource, sent: JsonObject, { apiVersion, kind }: TypeMeta): void {
  const expected = apiVersionOf(resource);
  if (kind === "") {
    const text = writeJson(sent);
    throw badRequest(
      `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${text}' (${text.slice(0, SHOWN_LENGTH)} ...)`,
    );
  }
  const isTyped = resource.strategy.omitsItemKind;
  const context = `${kind} in version "${apiVersion}" cannot be handled as a ${resource.kind}`;
  if (apiVersion !== expected) {
    throw badRequest(
      isTyped
        ? `${context}: no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/runtime/scheme.go:111"`
        : `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
    );
  }
  if (kind === resource.kind) {
    return;
  }
  if (isTyped) {
    throw badRequest(`${context}: converting (v1.${kind}) to (core.${resource.kind}): unknown conversion`);
  }
  const message = `Invalid value: "${kind}": must be ${resource.kind}`;
  const subject = { group: resource.group, kind, name: textAt(sent, "metadata", "name") };
  throw invalid(subject, [{ field: "kind", reason: "FieldValueInvalid", message }]);
}

// Go's typed objects know neither `null` nor empty maps.
function withoutEmpty({ strategy }: Resource, sent: JsonObject): JsonObject {
  const maps = strategy.textMaps ?? [];
  const kept = Object.entries(sent).filter(
    ([field, value]) =>
      value !== undefined && value !== null && !(maps.includes(field) && isJsonObject(value) && isEmpty(value)),
  );
  return trusted(Object.fromEntries(kept));
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
  const texts = { labels: texted(sent["labels"]), annotations: texted(sent["annotations"]) };
  const known = Object.entries({ ...sent, ...texts }).filter(
    ([, value]) => value !== undefined && value !== null && !isEmpty(value),
  );
  return { name: "", ...trusted<Partial<Metadata>>(Object.fromEntries(known)) };
}

function checkTexts(context: string, field: string, value: unknown): void {
  if (value === undefined || value === null) {
    return;
  }
  const found = isJsonObject(value)
    ? Object.values(value).find((text) => typeof text !== "string" && text !== null)
    : value;
  if (found !== undefined) {
    throw badRequest(
      `${context}: json: cannot unmarshal ${goName(found)} into Go struct field ${field} of type string`,
    );
  }
}

// Go reads `null` as the text that is none.
function texted(map: Json | undefined): Json | undefined {
  return isJsonObject(map) ? mapFields(map, (_key, text) => text ?? "") : map;
}

function checkBase64(context: string, value: unknown): void {
  const bad = Object.values(isJsonObject(value) ? value : {}).find(
    (text) => typeof text === "string" && !BASE64.test(text.replaceAll(/[\r\n]/g, "")),
  );
  if (typeof bad === "string") {
    const offset = Math.max(0, bad.search(/[^A-Za-z0-9+/]/));
    throw badRequest(`${context}: illegal base64 data at input byte ${String(offset)}`);
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
