import { isRecord } from "../../kube/json.ts";
import { toYaml } from "../../kube/to-yaml.ts";
import { printable } from "../command/printable.ts";
import type { Report } from "../service/status.ts";
import type { ChangeGroup, Comparison, Diff, KindCount, Remark, Verb } from "./comparison.ts";
import type { FieldChange } from "./field-changes.ts";

const VERBS: readonly (readonly [Verb, string])[] = [
  ["change", "changes"],
  ["create", "creates"],
  ["delete", "deletes"],
];
const DONE_TO: Readonly<Record<Verb, string>> = { change: "changed", create: "created", delete: "deleted" };
const MOST_TENANTS = 5;
const MOST_DIFFS = 10;

/** Describes a comparison for people: first the numbers, then what changes in which fields, then what stays. Pure. */
export function* describeComparison(comparison: Comparison): Generator<string> {
  const { tenants, changedTenants, kinds, groups, remarks } = comparison;
  yield `${many(changedTenants)} of ${many(tenants)} tenants would change\n`;
  for (const kind of kinds) {
    yield `${describeKind(kind)}\n`;
  }
  for (const group of groups) {
    yield `\n${describeGroup(group)}`;
  }
  if (remarks.length > 0) {
    yield "\nnot every tenant has what it asks for then:\n";
    for (const remark of remarks) {
      yield describeRemark(remark);
    }
  }
}

/** Describes how the ProviderConfig would be, unless all is well. Pure. */
export function describeConfig(reports: readonly Report[]): string {
  return reports
    .filter(({ state, reason }) => state !== "done" || reason !== "Valid")
    .map(({ type, reason, message }) => `${printable(`ProviderConfig: ${type} ${reason}: ${message}`)}\n`)
    .join("");
}

function describeKind({ kind, total, ...counts }: KindCount): string {
  return VERBS.filter(([verb]) => counts[verb] > 0)
    .map(([verb, words]) => {
      const objects = plural(kind, verb === "create" ? counts[verb] : total);
      return verb === "create"
        ? `${words} ${many(counts[verb])} ${objects}`
        : `${words} ${many(counts[verb])} of ${many(total)} ${objects}`;
    })
    .join(", ");
}

function describeGroup(group: ChangeGroup): string {
  const { verb, cluster, kind, fields, count, diffs, further } = group;
  const where = cluster === "platform" ? "" : " on the cluster of the installation";
  const what = fields.length === 0 ? "" : `: ${printable(fields.join(", "))}`;
  const shown = diffs.slice(0, MOST_DIFFS);
  const hidden = further + diffs.slice(MOST_DIFFS).reduce((sum, diff) => sum + diff.count, 0);
  return [
    `${many(count)} ${plural(kind, count)} ${DONE_TO[verb]}${where}${what}\n`,
    ...shown.map(describeDiff),
    ...(hidden === 0 ? [] : [`    and ${many(hidden)} more with other values\n`]),
  ].join("");
}

function describeDiff({ changes, count, tenants }: Diff): string {
  return changes.map(describeField).join("") + `    ${many(count)}: ${listed(tenants, count)}\n`;
}

function describeField({ field, from, to }: FieldChange): string {
  return [
    ...(from === undefined ? [] : [signed("-", field, from)]),
    ...(to === undefined ? [] : [signed("+", field, to)]),
  ].join("");
}

function signed(sign: string, field: string, value: unknown): string {
  const yaml = toYaml(value).trimEnd();
  const isLong = yaml.includes("\n") || Array.isArray(value) || (isRecord(value) && Object.keys(value).length > 0);
  const lines = isLong ? [`${field}:`, ...yaml.split("\n").map((line) => `  ${line}`)] : [`${field}: ${yaml}`];
  return lines.map((line) => `  ${sign} ${printable(line)}\n`).join("");
}

function describeRemark({ type, reason, message, count, tenants }: Remark): string {
  return `  ${printable(`${type} ${reason}: ${message}`)}\n    ${many(count)}: ${listed(tenants, count)}\n`;
}

function listed(tenants: readonly string[], count: number): string {
  const shown = tenants.slice(0, MOST_TENANTS);
  const more = count - shown.length;
  return `${printable(shown.join(", "))}${more > 0 ? ` and ${many(more)} more` : ""}`;
}

function many(count: number): string {
  return count.toLocaleString("en-US");
}

function plural(kind: string, count: number): string {
  return count === 1 ? kind : kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}
