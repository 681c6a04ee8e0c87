import type { Obj } from "../../object.ts";
import { valueAt } from "../../value-at.ts";
import { badRequest } from "../api/api-error.ts";
import type { Resource } from "../registry/resource.ts";

type Fields = Readonly<Record<string, readonly string[]>>;

/** Whether an object is selected. */
export type FieldMatcher = (object: Obj) => boolean;

const COMMON: Readonly<Record<string, readonly string[]>> = {
  "metadata.name": ["metadata", "name"],
  "metadata.namespace": ["metadata", "namespace"],
};

/** Reads a field selector such as `metadata.name=a,status.phase!=Active` for objects of `resource`. */
export function parseFieldSelector(selector: string, resource: Resource): FieldMatcher {
  const fields = { ...COMMON, ...resource.strategy.selectableFields };
  const matchers = selector
    .split(",")
    .filter((term) => term !== "")
    .map((term) => parseTerm(term, fields, resource));
  return (object) => matchers.every((matches) => matches(object));
}

/** The name a selector pins down, if any. Authorization takes it for the name of the request. */
export function nameInFieldSelector(selector: string): string | undefined {
  const [, name] = /(?:^|,)metadata\.name==?([^,]+)/.exec(selector) ?? [];
  return name;
}

function parseTerm(term: string, fields: Fields, resource: Resource): FieldMatcher {
  const [, field, operator, value] = /^([^=!]+)(==|=|!=)(.*)$/.exec(term) ?? [];
  if (field === undefined) {
    throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`);
  }
  const path = fields[field];
  if (path === undefined) {
    if (resource.strategy.schema !== undefined) {
      throw badRequest(`field label not supported: ${field}`);
    }
    const known = Object.keys(fields).map((name) => `"${name}"`);
    throw badRequest(`"${field}" is not a known field selector: only ${known.join(", ")}`);
  }
  return (object) => (textOf(valueAt(object, ...path)) === value) === (operator !== "!=");
}

function textOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}
