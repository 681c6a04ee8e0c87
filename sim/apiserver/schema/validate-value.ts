import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { isJsonList } from "./as-json.ts";
import { type Previous, previousItem, previousProperty } from "./correlate.ts";
import { fieldOr, type FieldError, invalid, NO_FIELD, required, tooMany } from "./field-error.ts";
import { childPath, indexPath } from "./field-path.ts";
import { deepEqual } from "../../deep-equal.ts";
import { declaredProperty, type SchemaNode } from "./schema-node.ts";
import { validateEnum, validateNumber, validateString } from "./validate-scalar.ts";
import { validateType } from "./validate-type.ts";

/** Where a value lies, and what was there before. */
export type Place = { readonly path: string; readonly previous?: Previous | undefined };

/**
 * Checks a value against everything in its schema but the CEL rules.
 *
 * What did not change in an update is not complained about.
 */
export function validateValue(node: SchemaNode, value: Json, place: Place): FieldError[] {
  const { path, previous } = place;
  if (previous !== undefined && deepEqual(previous.value, value)) {
    return [];
  }
  const errors = validateType(node, path, value);
  if (value === null) {
    return errors;
  }
  errors.push(...validateCombinations(node, value, place));
  if (typeof value === "string") {
    errors.push(...validateString(node, path, value));
  }
  if (typeof value === "number" || typeof value === "bigint") {
    errors.push(...validateNumber(node, path, value));
  }
  if (isJsonList(value)) {
    errors.push(...validateList(node, value, place));
  }
  errors.push(...validateEnum(node, path, value));
  if (isJsonObject(value)) {
    errors.push(...validateObject(node, value, place));
  }
  return errors;
}

function validateList(node: SchemaNode, items: readonly Json[], place: Place): FieldError[] {
  const { path, previous } = place;
  const { items: itemNode, minItems, maxItems } = node;
  const errors =
    itemNode === undefined
      ? []
      : items.flatMap((item, index) =>
          validateValue(itemNode, item, {
            path: indexPath(path, index),
            previous: previousItem(node, previous, item),
          }),
        );
  if (minItems !== undefined && items.length < minItems) {
    const detail = `${path} in body should have at least ${minItems} items`;
    errors.push(invalid(fieldOr(path), detail, { value: items.length }));
  }
  if (maxItems !== undefined && items.length > maxItems) {
    errors.push(tooMany(fieldOr(path), items.length, maxItems));
  }
  if (node.uniqueItems === true && hasRepetition(items)) {
    errors.push(invalid(fieldOr(path), `${path} in body shouldn't contain duplicates`, { value: "" }));
  }
  return errors;
}

function hasRepetition(items: readonly Json[]): boolean {
  return items.some((item, index) => items.slice(index + 1).some((other) => deepEqual(item, other)));
}

function validateObject(node: SchemaNode, object: JsonObject, place: Place): FieldError[] {
  const { path, previous } = place;
  const errors = validateSize(node, object, path);
  for (const [key, value] of Object.entries(object)) {
    const child = childNode(node, key);
    if (value !== undefined && child !== undefined) {
      const at = { path: childPath(path, key), previous: previousProperty(node, previous, key) };
      errors.push(...validateValue(child, value, at));
    }
    if (child === undefined && node.additionalProperties === false) {
      errors.push(invalid(fieldOr(path), `${path}.${key} in body is a forbidden property`, { value: key }));
    }
  }
  const missing = (node.required ?? []).filter((key) => object[key] === undefined);
  return [...errors, ...missing.map((key) => required(childPath(path, key)))];
}

function childNode(node: SchemaNode, key: string): SchemaNode | undefined {
  const additional = node.additionalProperties;
  return declaredProperty(node, key) ?? (typeof additional === "object" ? additional : undefined);
}

function validateSize(node: SchemaNode, object: JsonObject, path: string): FieldError[] {
  const { minProperties = 0, maxProperties = Number.POSITIVE_INFINITY } = node;
  const size = Object.values(object).filter((value) => value !== undefined).length;
  if (size < minProperties) {
    const detail = `${path} in body should have at least ${minProperties} properties`;
    return [invalid(fieldOr(path), detail, { value: size })];
  }
  return size > maxProperties ? [tooMany(fieldOr(path), size, maxProperties)] : [];
}

function validateCombinations(node: SchemaNode, value: Json, place: Place): FieldError[] {
  const { path } = place;
  const check = (schemas: readonly SchemaNode[] = []): FieldError[][] =>
    schemas.map((schema) => validateValue(schema, value, { path }));
  const errors = [...anyOf(path, check(node.anyOf)), ...oneOf(path, check(node.oneOf))];

  const all = check(node.allOf);
  const failed = all.filter((found) => found.length > 0);
  errors.push(...failed.flat());
  if (failed.length > 0) {
    const none = failed.length === all.length ? ". None validated" : "";
    errors.push(composite(`"${path}" must validate all the schemas (allOf)${none}`));
  }
  if (node.not !== undefined && validateValue(node.not, value, { path }).length === 0) {
    errors.push(composite(`"${path}" must not validate the schema (not)`));
  }
  return errors;
}

function anyOf(path: string, results: readonly FieldError[][]): FieldError[] {
  if (results.length === 0 || results.some((found) => found.length === 0)) {
    return [];
  }
  return [composite(`"${path}" must validate at least one schema (anyOf)`), ...(results[0] ?? [])];
}

function oneOf(path: string, results: readonly FieldError[][]): FieldError[] {
  const valid = results.filter((found) => found.length === 0).length;
  if (results.length === 0 || valid === 1) {
    return [];
  }
  const text = `"${path}" must validate one and only one schema (oneOf).`;
  return valid === 0
    ? [composite(`${text} Found none valid`), ...(results[0] ?? [])]
    : [composite(`${text} Found ${valid} valid alternatives`)];
}

function composite(detail: string): FieldError {
  return invalid(NO_FIELD, detail, { value: "" });
}
