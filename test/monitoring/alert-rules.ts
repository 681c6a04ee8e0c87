import { readFileSync } from "node:fs";

import { load } from "js-yaml";

/** An alert of deploy/monitoring/rules.yaml. */
export type AlertRule = {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: { readonly severity: string };
  readonly annotations: Readonly<Record<"summary" | "description" | "runbook_url", string>>;
};

/** A file of rules for Prometheus. */
export type RuleFile = { readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[] };

export const RULES = "deploy/monitoring/rules.yaml";

export function readRules(): RuleFile {
  return load(readFileSync(RULES, "utf8")) as RuleFile;
}

export function alertsOf({ groups }: RuleFile): readonly AlertRule[] {
  return groups.flatMap(({ rules }) => rules);
}
