import { Optional } from "@marcbachmann/cel-js";
import { celEnvironment, inThisEnvironment } from "./cel-environment.ts";
import type { ValidationRule } from "./schema-node.ts";

/** The values a rule is about. `oldSelf` is absent when there is nothing to compare with. */
export type RuleInput = { readonly self: unknown; readonly oldSelf?: { readonly value: unknown } | undefined };

/** How a rule ended: kept, not applicable, or broken with the text to show; by a failure if it could not be evaluated. */
export type RuleResult = "kept" | "skipped" | { readonly broken: string; readonly isFailure?: boolean };

/** One rule, ready to be evaluated. */
export type CelRule = {
  readonly rule: ValidationRule;
  readonly usesOldSelf: boolean;
  evaluate(input: RuleInput): RuleResult;
};

/** Compiles a rule, or says why it cannot be evaluated. */
export function compileRule(rule: ValidationRule): CelRule | { readonly problem: string } {
  const condition = compileExpression(rule.rule);
  if (typeof condition === "string") {
    return { problem: condition };
  }
  const message = rule.messageExpression === undefined ? undefined : compileExpression(rule.messageExpression);
  if (typeof message === "string") {
    return { problem: `messageExpression: ${message}` };
  }
  const usesOldSelf = mentionsOldSelf(rule.rule);
  return {
    rule,
    usesOldSelf,
    evaluate: (input) => {
      if (usesOldSelf && input.oldSelf === undefined && rule.optionalOldSelf !== true) {
        return "skipped";
      }
      return evaluateRule({ rule, condition, message }, variables(rule, input));
    },
  };
}

type Expression = (variables: Record<string, unknown>) => unknown;

type Compiled = {
  readonly rule: ValidationRule;
  readonly condition: Expression;
  readonly message: Expression | undefined;
};

function compileExpression(source: string): Expression | string {
  const expression = inThisEnvironment(source);
  const checked = celEnvironment.check(expression);
  return checked.valid
    ? celEnvironment.parse(expression)
    : `compilation failed: ${checked.error?.message ?? "unknown problem"}`;
}

function mentionsOldSelf(source: string): boolean {
  const withoutTexts = source.replaceAll(/"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'/gu, "");
  return /\boldSelf\b/u.test(withoutTexts);
}

function variables(rule: ValidationRule, { self, oldSelf }: RuleInput): Record<string, unknown> {
  if (rule.optionalOldSelf === true) {
    return { self, oldSelf: oldSelf === undefined ? Optional.none() : Optional.of(oldSelf.value) };
  }
  return { self, oldSelf: oldSelf?.value ?? null };
}

function evaluateRule(compiled: Compiled, values: Record<string, unknown>): RuleResult {
  const { rule, condition, message } = compiled;
  const source = (rule.message ?? rule.rule).trim();
  try {
    if (condition(values) === true) {
      return "kept";
    }
  } catch (error) {
    return { broken: `${firstLine(error)} evaluating rule: ${source}`, isFailure: true };
  }
  return { broken: evaluateMessage(message, values) ?? rule.message?.trim() ?? `failed rule: ${source}` };
}

// A message expression that fails, or gives nothing to show, falls back to the fixed message.
function evaluateMessage(message: Expression | undefined, values: Record<string, unknown>): string | undefined {
  try {
    const text = message?.(values);
    return typeof text === "string" && text.trim() !== "" ? text : undefined;
  } catch {
    return undefined;
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? text).replace(/^No such key/u, "no such key");
}
