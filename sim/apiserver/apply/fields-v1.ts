import { isJsonObject, type JsonObject, readJson, writeJson } from "../../json.ts";
import { type FieldPath, type FieldSet, isEmptySet } from "./field-set.ts";

// Entries of managers that did not write stay the same objects, so most of them were read or written before.
const read = new WeakMap<JsonObject, FieldSet>();
const written = new WeakMap<FieldSet, JsonObject>();
const canonical = new WeakSet<JsonObject>();

/** Reads the `fieldsV1` of a managed fields entry. */
export function fromFieldsV1(fields: JsonObject): FieldSet {
  const known = read.get(fields);
  if (known !== undefined) {
    return known;
  }
  const set = parse(fields);
  read.set(fields, set);
  if (canonical.has(fields)) {
    written.set(set, fields);
  }
  return set;
}

function parse(fields: JsonObject): FieldSet {
  const members = new Set<string>();
  const children = new Map<string, FieldSet>();
  for (const [element, value] of Object.entries(fields)) {
    if (element === "." || !isJsonObject(value)) {
      continue;
    }
    const below = parse(value);
    if (!isEmptySet(below)) {
      children.set(element, below);
    }
    if (isEmptySet(below) || "." in value) {
      members.add(element);
    }
  }
  return { members, children };
}

/** Writes a set as `fieldsV1`. */
export function toFieldsV1(set: FieldSet): JsonObject {
  const fields = written.get(set) ?? print(set);
  written.set(set, fields);
  canonical.add(fields);
  return fields;
}

function print(set: FieldSet): JsonObject {
  const elements = new Set([...set.members, ...set.children.keys()]);
  return Object.fromEntries([...elements].toSorted().map((element) => [element, fieldOf(set, element)]));
}

function fieldOf(set: FieldSet, element: string): JsonObject {
  const below = set.children.get(element);
  if (below === undefined) {
    return {};
  }
  return { ...(set.members.has(element) && { ".": {} }), ...print(below) };
}

/** A path as messages show it, for example `.spec.list[name="a"].value`. */
export function pathText(path: FieldPath): string {
  return path.map(elementText).join("");
}

function elementText(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith("f:")) {
    return `.${rest}`;
  }
  if (element.startsWith("v:")) {
    return `[=${rest}]`;
  }
  const keys = readJson(rest);
  const entries = isJsonObject(keys) ? Object.entries(keys) : [];
  return `[${entries.map(([key, value]) => `${key}=${writeJson(value)}`).join(",")}]`;
}
