import { type FieldError, invalid } from "./field-error.ts";
import { childPath, indexPath, keyPath } from "./field-path.ts";
import type { SchemaNode } from "./schema-node.ts";
import { type CelRule, compileRule } from "./cel-rule.ts";
import { SchemaError } from "./schema-error.ts";
import type { RulesOf } from "./validate-rules.ts";

/** Compiles all rules below a node. Throws `SchemaError` naming every rule that cannot be evaluated. */
export function compileRules(root: SchemaNode): RulesOf {
  const found = new Map<SchemaNode, readonly CelRule[]>();
  const errors: FieldError[] = [];
  visit(root, "openAPIV3Schema", (node, path) => {
    const rules = compileNode(node, childPath(path, "x-kubernetes-validations"), errors);
    if (rules.length > 0) {
      found.set(node, rules);
    }
  });
  if (errors.length > 0) {
    throw new SchemaError(errors);
  }
  return found;
}

function compileNode(node: SchemaNode, path: string, errors: FieldError[]): CelRule[] {
  return (node["x-kubernetes-validations"] ?? []).flatMap((rule, index) => {
    const compiled = compileRule(rule);
    if ("problem" in compiled) {
      errors.push(invalid(childPath(indexPath(path, index), "rule"), compiled.problem, { value: rule.rule }));
      return [];
    }
    return [compiled];
  });
}

function visit(node: SchemaNode, path: string, look: (node: SchemaNode, path: string) => void): void {
  look(node, path);
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    visit(child, keyPath(childPath(path, "properties"), key), look);
  }
  if (typeof node.additionalProperties === "object") {
    visit(node.additionalProperties, childPath(path, "additionalProperties"), look);
  }
  if (node.items !== undefined) {
    visit(node.items, childPath(path, "items"), look);
  }
  for (const [index, child] of (node.allOf ?? []).entries()) {
    visit(child, indexPath(childPath(path, "allOf"), index), look);
  }
}
