import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { initRights, runRights } from "../../src/openmcp/program/init.ts";
import { migrateRights } from "../../src/openmcp/program/migrate.ts";
import { FLUX_ACCESS } from "../../src/ocm/access.ts";
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

function linesOfRules(rules: readonly PolicyRule[]): readonly string[] {
  return rules
    .flatMap((rule) => linesOfRule(rule).map((line) => [line, ...(rule.resourceNames ?? [])].join(" only ")))
    .toSorted();
}
