import { isJsonObject, type JsonObject } from "../../../json.ts";
import type { Obj } from "../../../object.ts";
import { listAt, objectAt, textAt, valueAt } from "../../../value-at.ts";
import { compilePolicyExpression } from "../../schema/cel-policy.ts";
import type { Violation } from "../../api/api-error.ts";
import { PLAIN_STRATEGY, type Strategy, type Transition } from "../resource.ts";

const COMMON: Strategy = { ...PLAIN_STRATEGY, allowsUnconditionalUpdate: false, hasGeneration: true };

/** ValidatingAdmissionPolicies: what is left out is filled in, and every expression has to compile. */
export const policyStrategy: Strategy = {
  ...COMMON,
  defaults: ({ after }) => withSpec(after, policyDefaults(objectAt(after, "spec"))),
  validate: validatePolicy,
};

/** ValidatingAdmissionPolicyBindings. */
export const policyBindingStrategy: Strategy = {
  ...COMMON,
  defaults: ({ after }) => withSpec(after, bindingDefaults(objectAt(after, "spec"))),
  validate: validateBinding,
};

function withSpec(object: Obj, spec: JsonObject): Obj {
  return "spec" in object ? { ...object, spec } : object;
}

function policyDefaults(spec: JsonObject): JsonObject {
  const constraints = spec["matchConstraints"];
  return {
    failurePolicy: "Fail",
    ...spec,
    ...(isJsonObject(constraints) && { matchConstraints: matchDefaults(constraints) }),
  };
}

function bindingDefaults(spec: JsonObject): JsonObject {
  const resources = spec["matchResources"];
  return isJsonObject(resources) ? { ...spec, matchResources: matchDefaults(resources) } : spec;
}

function matchDefaults(constraints: JsonObject): JsonObject {
  const rules = Object.fromEntries(
    ["resourceRules", "excludeResourceRules"]
      .filter((field) => constraints[field] !== undefined)
      .map((field) => [field, listAt(constraints, field).map((rule) => (isJsonObject(rule) ? withScope(rule) : rule))]),
  );
  return { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {}, ...constraints, ...rules };
}

function withScope(rule: JsonObject): JsonObject {
  return { scope: "*", ...rule };
}

function validatePolicy({ after }: Transition): readonly Violation[] {
  const validations = listAt(after, "spec", "validations");
  const missing = [
    ...(validations.length === 0 && listAt(after, "spec", "auditAnnotations").length === 0
      ? [required("spec.validations", "validations or auditAnnotations must be set")]
      : []),
    ...(listAt(after, "spec", "matchConstraints", "resourceRules").length === 0
      ? [required("spec.matchConstraints.resourceRules", "")]
      : []),
  ];
  const conditions = listAt(after, "spec", "matchConditions");
  return [
    ...missing,
    ...validations.flatMap((one, index) => validateExpression(one, `spec.validations[${String(index)}].expression`)),
    ...conditions.flatMap((one, index) => validateExpression(one, `spec.matchConditions[${String(index)}].expression`)),
  ];
}

function validateExpression(holder: unknown, field: string): readonly Violation[] {
  const expression = textAt(holder, "expression");
  if (expression.trim() === "") {
    return [required(field, "expression is not specified")];
  }
  const compiled = compilePolicyExpression(expression);
  return typeof compiled === "function"
    ? []
    : [
        {
          field,
          reason: "FieldValueInvalid",
          message: `Invalid value: ${JSON.stringify(expression)}: ${compiled.problem}`,
        },
      ];
}

function validateBinding({ after }: Transition): readonly Violation[] {
  const ref = valueAt(after, "spec", "paramRef");
  return [
    ...(textAt(after, "spec", "policyName") === "" ? [required("spec.policyName", "")] : []),
    ...(listAt(after, "spec", "validationActions").length === 0 ? [required("spec.validationActions", "")] : []),
    ...(ref !== undefined && textAt(ref, "parameterNotFoundAction") === ""
      ? [required("spec.paramRef.parameterNotFoundAction", "")]
      : []),
  ];
}

function required(field: string, message: string): Violation {
  const text = message === "" ? "Required value" : `Required value: ${message}`;
  return { field, reason: "FieldValueRequired", message: text };
}
