import { fieldOr, type FieldError, invalid, NO_FIELD, notSupported, tooLong } from "./field-error.ts";
import { hasFormat } from "./formats.ts";
import { deepEqual } from "../../deep-equal.ts";
import { regularExpression } from "./regular-expression.ts";
import type { SchemaNode } from "./schema-node.ts";

/** Checks length, pattern and format of a string. The first failure of the first two hides the others. */
export function validateString(node: SchemaNode, path: string, text: string): FieldError[] {
  const errors = validateText(node, path, text);
  if (node.format !== undefined && !hasFormat(node.format, text)) {
    const detail = `${path} in body must be of type ${node.format}: ${JSON.stringify(text)}`;
    errors.push({ ...invalid(fieldOr(path), detail, { value: text }), reason: "FieldValueTypeInvalid" });
  }
  return errors;
}

function validateText(node: SchemaNode, path: string, text: string): FieldError[] {
  const { length } = Array.from(text);
  if (node.maxLength !== undefined && length > node.maxLength) {
    return [tooLong(fieldOr(path), node.maxLength)];
  }
  if (node.minLength !== undefined && length < node.minLength) {
    return [broken(path, text, `should be at least ${node.minLength} chars long`)];
  }
  if (node.pattern !== undefined && !regularExpression(node.pattern).test(text)) {
    return [broken(path, text, `should match '${node.pattern}'`)];
  }
  return [];
}

/** Checks the bounds of a number. */
export function validateNumber(node: SchemaNode, path: string, value: number | bigint): FieldError[] {
  return [...checkRange(node, path, value), ...checkFactor(node, path, value), ...checkBounds(node, path, value)];
}

function checkRange(node: SchemaNode, path: string, value: number | bigint): FieldError[] {
  // Beyond 64 bits it is no integer any more, and was reported as such.
  const isWide = (value < -(2 ** 31) && value >= -(2 ** 63)) || (value >= 2 ** 31 && value < 2 ** 63);
  if (node.type !== "integer" || node.format !== "int32" || !isWide) {
    return [];
  }
  const detail = `Checked value must be of type integer with format int32 in ${path}`;
  return [invalid(NO_FIELD, detail, { value: "" })];
}

function checkFactor(node: SchemaNode, path: string, value: number | bigint): FieldError[] {
  const factor = node.multipleOf;
  if (factor === undefined || isMultiple(value, factor)) {
    return [];
  }
  return [broken(path, value, `should be a multiple of ${factor}`)];
}

function isMultiple(value: number | bigint, factor: number): boolean {
  return typeof value === "bigint" && Number.isInteger(factor)
    ? value % BigInt(factor) === 0n
    : Number.isInteger(Number(value) / factor);
}

function checkBounds(node: SchemaNode, path: string, value: number | bigint): FieldError[] {
  const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = node;
  const errors: FieldError[] = [];
  if (value < minimum || (value === minimum && node.exclusiveMinimum === true)) {
    errors.push(broken(path, value, `should be greater than ${orEqual(node.exclusiveMinimum)}${minimum}`));
  }
  if (value > maximum || (value === maximum && node.exclusiveMaximum === true)) {
    errors.push(broken(path, value, `should be less than ${orEqual(node.exclusiveMaximum)}${maximum}`));
  }
  return errors;
}

function orEqual(isExclusive = false): string {
  return isExclusive ? "" : "or equal to ";
}

/** Checks that the value is one of the enumerated ones. */
export function validateEnum(node: SchemaNode, path: string, value: unknown): FieldError[] {
  const allowed = node.enum;
  if (allowed === undefined || allowed.length === 0 || allowed.some((item) => deepEqual(item, value))) {
    return [];
  }
  return [notSupported(fieldOr(path), value, allowed)];
}

function broken(path: string, value: unknown, rule: string): FieldError {
  return invalid(fieldOr(path), `${path} in body ${rule}`, { value });
}
