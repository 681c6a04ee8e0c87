import { readFileSync } from "node:fs";

import type { PolicyRule } from "../../src/openmcp/platform/kinds.ts";

/** The clusters on which docs/permissions.md lists rights, as its headings call them. */
export type RightsOn = "Platform cluster" | "Onboarding cluster" | "Control plane";

/** A command that needs rights. */
export type DocumentedCommand = "init" | "run" | "migrate";

/** One row of a table of docs/permissions.md. */
export type DocumentedRight = {
  readonly command: DocumentedCommand;
  readonly rule: PolicyRule;
  /** Whether the rule is needed in the provider's own namespace only. */
  readonly inOwnNamespace: boolean;
  /** Verbs and resources that are in parentheses: they are used on rare occasions. */
  readonly rare: readonly string[];
};

/** Reads the rights that docs/permissions.md lists for a cluster. */
export function documentedRights(cluster: RightsOn): readonly DocumentedRight[] {
  const sections = readFileSync("docs/permissions.md", "utf8").split("\n## ");
  const section = sections.find((text) => text.startsWith(`${cluster}\n`)) ?? "";
  return section
    .split("\n")
    .filter((line) => /^\| `(?:init|run|migrate)`/u.test(line))
    .map((line) => readRow(line.split("|").map((cell) => cell.trim())));
}

function readRow([, command = "", group = "", resources = "", verbs = "", where = ""]: string[]): DocumentedRight {
  const names = where.startsWith("only `") ? { resourceNames: inBackticks(where) } : {};
  return {
    command: inBackticks(command)[0] as DocumentedCommand,
    rule: {
      apiGroups: [inBackticks(group)[0] ?? ""],
      resources: inBackticks(resources),
      ...names,
      verbs: inBackticks(verbs),
    },
    inOwnNamespace: where === "own namespace",
    rare: Array.from(`${resources} ${verbs}`.matchAll(/\(`([^`]+)`\)/gu), ([, found = ""]) => found),
  };
}

function inBackticks(text: string): string[] {
  return Array.from(text.matchAll(/`([^`]+)`/gu), ([, found = ""]) => found);
}
