import { isJsonObject } from "../../json.ts";
import { celEnvironment, inThisEnvironment } from "./cel-environment.ts";

/** What the expressions of a policy can name. */
export type PolicyVariables = {
  readonly object: unknown;
  readonly oldObject: unknown;
  readonly request: unknown;
  readonly params: unknown;
  readonly namespaceObject: unknown;
  readonly variables: unknown;
};

/** An expression of a policy, ready to be evaluated. Throws what CEL throws. */
export type PolicyExpression = (variables: PolicyVariables) => unknown;

const environment = celEnvironment
  .clone()
  .registerVariable("object", "dyn")
  .registerVariable("oldObject", "dyn")
  .registerVariable("request", "dyn")
  .registerVariable("params", "dyn")
  .registerVariable("namespaceObject", "dyn")
  .registerVariable("variables", "dyn");

const compiled = new Map<string, PolicyExpression | { readonly problem: string }>();

/** Compiles an expression, or says why it cannot be evaluated. */
export function compilePolicyExpression(source: string): PolicyExpression | { readonly problem: string } {
  const known = compiled.get(source);
  if (known !== undefined) {
    return known;
  }
  const expression = inThisEnvironment(source);
  const checked = environment.check(expression);
  const result = checked.valid
    ? parse(expression)
    : { problem: `compilation failed: ${checked.error?.message ?? "unknown problem"}` };
  compiled.set(source, result);
  return result;
}

function parse(expression: string): PolicyExpression {
  const evaluate: (variables: Record<string, unknown>) => unknown = environment.parse(expression);
  return (variables) => evaluate({ ...variables });
}

/** A JSON value as expressions see it: whole numbers are integers. */
export function policyValue(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(policyValue);
  }
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, field]) => field !== undefined)
        .map(([key, field]) => [key, policyValue(field)]),
    );
  }
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : (value ?? null);
}
