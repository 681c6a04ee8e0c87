import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { initRights } from "../../src/openmcp/program/init.ts";
import { platformRights, runRights, type ScopedRule } from "../../src/openmcp/service/rights.ts";
import { migrateRights } from "../../src/openmcp/program/migrate.ts";
import { FLUX_ACCESS } from "../../src/ocm/access.ts";
import { diagnosis } from "../../src/ocm/diagnosis.ts";
import { discoveries } from "../../src/ocm/discovery.ts";
import { provider } from "../../src/ocm/provider.ts";
import { TOOLKIT_GROUP } from "../../src/ocm/user-objects.ts";
import type { PolicyRule, TokenAccess } from "../../src/openmcp/platform/kinds.ts";
import { documentedRights } from "../support/documented-rights.ts";
import { linesOfRule } from "../support/rights-lines.ts";

const requested = { init: initRights(provider), run: runRights(provider), migrate: migrateRights(provider) };

describe("docs/permissions.md", () => {
  for (const command of ["init", "run", "migrate"] as const) {
    it(`lists exactly what ${command} requests on the onboarding cluster`, () => {
      const documented = documentedRights("Onboarding cluster").filter((right) => right.command === command);

      assert.deepEqual(linesOfRules(documented.map(({ rule }) => rule)), linesOfRules(rulesOf(requested[command])));
    });
  }

  it("lists exactly the rights on the platform cluster that doctor looks for", () => {
    const documented = documentedRights("Platform cluster").filter(({ command }) => command === "run");
    const looked = platformRights(provider, { written: diagnosis.kinds, followed: [discoveries] });

    assert.deepEqual(
      scopedLines(looked),
      scopedLines(documented.map(({ rule, inOwnNamespace }) => ({ ...rule, isOwnNamespaceOnly: inOwnNamespace }))),
    );
  });

  it("names the only role that is requested on control planes", () => {
    assert.deepEqual(FLUX_ACCESS, { roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] });
  });

  it("names the API group of which every kind is looked for on control planes", () => {
    const [first] = documentedRights("Control plane");

    assert.deepEqual(first?.rule, { apiGroups: [TOOLKIT_GROUP], resources: ["*"], verbs: ["list", "watch"] });
  });
});

function rulesOf({ permissions = [] }: TokenAccess): readonly PolicyRule[] {
  return permissions.flatMap(({ rules }) => rules);
}

/** What is needed everywhere is needed in the own namespace too. */
function scopedLines(rules: readonly ScopedRule[]): readonly string[] {
  const linesOf = (isOwn: boolean): readonly string[] =>
    linesOfRules(rules.filter(({ isOwnNamespaceOnly }) => isOwnNamespaceOnly === isOwn));
  const everywhere = new Set(linesOf(false));
  return [
    ...everywhere,
    ...linesOf(true)
      .filter((line) => !everywhere.has(line))
      .map((line) => `${line} here`),
  ];
}

function linesOfRules(rules: readonly PolicyRule[]): readonly string[] {
  return rules
    .flatMap((rule) => linesOfRule(rule).map((line) => [line, ...(rule.resourceNames ?? [])].join(" only ")))
    .toSorted();
}
