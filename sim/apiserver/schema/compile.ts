import type { JsonObject } from "../../json.ts";
import { applyDefaults } from "./apply-defaults.ts";
import { asJson, asTyped } from "./as-json.ts";
import { compileRules } from "./cel/compile-rules.ts";
import { validateRules } from "./cel/validate-rules.ts";
import { type FieldError, type FieldErrorReason, invalid, NO_FIELD } from "./field-error.ts";
import { prune, type Pruned } from "./prune.ts";
import type { SchemaNode } from "./schema-node.ts";
import { validateListTypes } from "./validate-list-types.ts";
import { validateValue } from "./validate-value.ts";

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
    validate: (object, old) => {
      const value = asJson(object);
      const previous = old === undefined ? undefined : { value: asJson(old) };
      const errors = validateValue(node, value, { path: "", previous });
      if (old === undefined || validateListTypes(node, asJson(old)).length === 0) {
        errors.push(...validateListTypes(node, value));
      }
      if (rules.size === 0) {
        return errors;
      }
      if (errors.some(({ reason }) => BLOCKING.has(reason))) {
        return [...errors, invalid(NO_FIELD, RULES_SKIPPED, { value: null })];
      }
      const place = { path: "", previous, isUnchanged: false, isResource: true };
      return [...errors, ...validateRules(rules, node, value, place)];
    },
  };
}
