import { applyDefaults } from "./apply-defaults.ts";
import { asJson, asTyped, isJsonList } from "./as-json.ts";
import { compileRules } from "./compile-rules.ts";
import { type FieldError, type FieldErrorReason, invalid, NO_FIELD } from "./field-error.ts";
import { childPath, indexPath } from "./field-path.ts";
import { prune, type Pruned } from "./prune.ts";
import { declaredProperty, propertyNode, type SchemaNode } from "./schema-node.ts";
import { validateListTypes } from "./validate-list-types.ts";
import { type RulesOf, validateRules } from "./validate-rules.ts";
import { validateType } from "./validate-type.ts";
import { validateValue } from "./validate-value.ts";
import { isJsonObject, type Json, type JsonObject } from "../../json.ts";

/** What an API server does with the schema of a custom resource. */
export type ObjectSchema = {
  /** The schema itself: server-side apply reads the types of lists and maps from it. */
  readonly node: SchemaNode;
  /** Fills in defaults and drops `null` where none is allowed. */
  applyDefaults<T extends object>(object: T): T;
  /** Removes unknown fields and names them, as `spec.list[0].name`. */
  prune<T extends object>(object: T): Pruned<T>;
  /** Everything that is wrong with the object. With `old`, what did not change is not complained about. */
  validate(object: object, old?: object): FieldError[];
  /** Each `null` where the schema knows neither `null` nor a default: what is applied may not have one. */
  nullsOf(object: object): FieldError[];
  /** Everything that is wrong with an object of which `/status` was written. */
  validateStatus(object: object, old: object): FieldError[];
};

const BLOCKING: ReadonlySet<FieldErrorReason> = new Set([
  "FieldValueNotSupported",
  "FieldValueRequired",
  "FieldValueTooLong",
  "FieldValueTooMany",
  "FieldValueTypeInvalid",
]);

const RULES_SKIPPED =
  "some validation rules were not checked because the object was invalid; " +
  "correct the existing errors to complete validation";

/**
 * Prepares a CRD's `openAPIV3Schema`.
 *
 * Throws `SchemaError` when it holds a CEL rule that cannot be evaluated: such a rule must not pass in silence.
 */
export function compileSchema(openAPIV3Schema: JsonObject): ObjectSchema {
  const node = openAPIV3Schema as SchemaNode;
  const rules = compileRules(node);
  return {
    node,
    applyDefaults: <T extends object>(object: T): T => asTyped(object, applyDefaults(node, asJson(object))),
    prune: <T extends object>(object: T): Pruned<T> => {
      const { object: pruned, dropped } = prune(node, asJson(object));
      return { object: asTyped(object, pruned), dropped };
    },
    nullsOf: (object) => {
      const errors = forbiddenNulls(node, asJson(object), "");
      return errors.length === 0 ? [] : [...errors, invalid(NO_FIELD, RULES_SKIPPED, { value: null })];
    },
    validate: (object, old) => {
      const change = changeOf(object, old);
      const errors = validateValue(node, change.value, { path: "", previous: change.previous });
      return [...errors, ...validateRest({ node, rules }, change, errors)];
    },
    validateStatus: (object, old) => {
      const change = changeOf(object, old);
      const errors = validateStatusField(node, change);
      return [...errors, ...validateRest({ node, rules }, change, errors)];
    },
  };
}

type Change = { readonly value: JsonObject; readonly previous: { readonly value: JsonObject } | undefined };

type Compiled = { readonly node: SchemaNode; readonly rules: RulesOf };

function changeOf(object: object, old: object | undefined): Change {
  return { value: asJson(object), previous: old === undefined ? undefined : { value: asJson(old) } };
}

// The server checks the status by itself there: its texts have paths that start inside of it.
function validateStatusField(node: SchemaNode, { value, previous }: Change): FieldError[] {
  const status = declaredProperty(node, "status");
  if (status === undefined || value["status"] === undefined) {
    return [];
  }
  const before = previous?.value["status"];
  const place = { path: "", previous: before === undefined ? undefined : { value: before } };
  return validateValue(status, value["status"], place).map((error) => ({
    ...error,
    field: error.field === NO_FIELD ? "status" : childPath("status", error.field),
  }));
}

function validateRest({ node, rules }: Compiled, change: Change, found: readonly FieldError[]): FieldError[] {
  const { value, previous } = change;
  const wasFine = previous === undefined || validateListTypes(node, previous.value).length === 0;
  const errors = wasFine ? validateListTypes(node, value) : [];
  if (rules.size === 0) {
    return errors;
  }
  if ([...found, ...errors].some(({ reason }) => BLOCKING.has(reason))) {
    return [...errors, invalid(NO_FIELD, RULES_SKIPPED, { value: null })];
  }
  const place = { path: "", previous, isUnchanged: false, isResource: true };
  return [...errors, ...validateRules(rules, node, value, place)];
}

/** Names each `null` in an object where the schema allows none and has no default to put in its place. */
function forbiddenNulls(node: SchemaNode | undefined, value: Json, path: string): FieldError[] {
  if (node === undefined) {
    return [];
  }
  if (isJsonList(value)) {
    return value.flatMap((item, index) => forbiddenNulls(node.items, item, indexPath(path, index)));
  }
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([key, child]) =>
      child === undefined ? [] : forbiddenNulls(propertyNode(node, key), child, childPath(path, key)),
    );
  }
  return value === null && node.default === undefined ? validateType(node, path, value) : [];
}
