import { isJsonObject, type Json, type JsonObject } from "../../json.ts";
import { isJsonList } from "./as-json.ts";
import { type Previous, previousItem, previousProperty } from "./correlate.ts";
import { duplicate, type FieldError, fieldOr, forbidden, invalid, required } from "./field-error.ts";
import { childPath, indexPath, keyPath } from "./field-path.ts";
import { deepEqual } from "../../deep-equal.ts";
import { declaredProperty, type SchemaNode, type ValidationRule } from "./schema-node.ts";
import type { CelRule } from "./cel-rule.ts";
import { celValue } from "./cel-value.ts";

/** The rules of every node that has some. */
export type RulesOf = ReadonlyMap<SchemaNode, readonly CelRule[]>;

/** Where a value lies, what was there before, and whether an enclosing value is as it was. */
export type RulePlace = {
  readonly path: string;
  readonly previous?: Previous | undefined;
  readonly isUnchanged: boolean;
  readonly isResource: boolean;
};

/**
 * Checks a value against the CEL rules of its schema.
 *
 * Rules about a change run only where the value before is known; all others do not complain about what is unchanged.
 */
export function validateRules(rules: RulesOf, node: SchemaNode, value: Json, place: RulePlace): FieldError[] {
  if (value === null) {
    return [];
  }
  const { path, previous } = place;
  const isUnchanged = previous === undefined ? place.isUnchanged : deepEqual(previous.value, value);
  const own = checkNode(rules.get(node) ?? [], node, value, { ...place, isUnchanged });
  const nested = (node.allOf ?? []).flatMap((schema) =>
    checkNode(rules.get(schema) ?? [], node, value, { ...place, isUnchanged }),
  );
  const errors = [...own, ...nested];
  const below = { isUnchanged, isResource: false };
  if (isJsonList(value) && node.items !== undefined) {
    const { items } = node;
    const children = value.map((item, index) => {
      const at = { ...below, path: indexPath(path, index), previous: previousItem(node, previous, item) };
      return validateRules(rules, items, item, { ...at, isResource: isEmbedded(items) });
    });
    return [...errors, ...children.flat()];
  }
  return isJsonObject(value) ? [...errors, ...validateFields(rules, node, value, { ...place, isUnchanged })] : errors;
}

function validateFields(rules: RulesOf, node: SchemaNode, object: JsonObject, place: RulePlace): FieldError[] {
  const additional = typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
  return Object.entries(object).flatMap(([key, value]) => {
    const declared = declaredProperty(node, key);
    const child = declared ?? additional;
    if (value === undefined || child === undefined) {
      return [];
    }
    return validateRules(rules, child, value, {
      path: declared === undefined ? keyPath(place.path, key) : childPath(place.path, key),
      previous: previousProperty(node, place.previous, key),
      isUnchanged: place.isUnchanged,
      isResource: isEmbedded(child),
    });
  });
}

function isEmbedded(node: SchemaNode): boolean {
  return node["x-kubernetes-embedded-resource"] === true;
}

function checkNode(rules: readonly CelRule[], node: SchemaNode, value: Json, place: RulePlace): FieldError[] {
  if (rules.length === 0) {
    return [];
  }
  const { previous, isResource } = place;
  const old = previous?.value;
  const input = {
    self: celValue(node, value, isResource),
    oldSelf: old === undefined || old === null ? undefined : { value: celValue(node, old, isResource) },
  };
  return rules.flatMap((rule) => {
    const result = rule.evaluate(input);
    const isExcused = place.isUnchanged && !rule.usesOldSelf;
    return typeof result === "string" || isExcused
      ? []
      : [ruleError(rule.rule, node, place.path, { ...result, value })];
  });
}

type Finding = { readonly broken: string; readonly isFailure?: boolean; readonly value: Json };

function ruleError(rule: ValidationRule, node: SchemaNode, path: string, finding: Finding): FieldError {
  const field = fieldOr(rule.fieldPath === undefined ? path : childPath(path, rule.fieldPath.replace(/^\./u, "")));
  switch (rule.reason) {
    case "FieldValueForbidden":
      return forbidden(field, finding.broken);
    case "FieldValueRequired":
      return required(field, finding.broken);
    case "FieldValueDuplicate":
      return duplicate(field, finding.value);
    default: {
      const isContainer = node.type === "object" || node.type === "array";
      const shown = finding.isFailure === true ? (node.type ?? "") : finding.value;
      return invalid(field, finding.broken, isContainer ? undefined : { value: shown });
    }
  }
}
