import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { PolicyRule, TokenAccess } from "../platform/kinds.ts";
import { runRights } from "../service/rights.ts";
import { initRights } from "./init.ts";
import { movedProgram } from "../command/testing/program.ts";

const init = rulesOf(initRights(movedProgram));
const run = rulesOf(runRights(movedProgram));
/** The rights that `init` has only to give them to users. */
const granted = init.filter(({ resources = [] }) => resources.includes("tests"));

function rulesOf({ permissions = [], roleRefs = [] }: TokenAccess): readonly PolicyRule[] {
  assert.deepEqual(roleRefs, []);
  return permissions.flatMap(({ rules }) => rules);
}

/** The API groups in which `run` may use a resource. */
function groupsOf(resource: string): readonly string[] {
  return run.flatMap(({ resources = [], apiGroups = [] }) => (resources.includes(resource) ? apiGroups : []));
}

describe("rights on the onboarding cluster", () => {
  it("name every group, resource and verb", () => {
    for (const { apiGroups = ["*"], resources = ["*"], verbs } of [...init, ...run]) {
      assert.ok(![...apiGroups, ...resources, ...verbs].includes("*"));
    }
  });

  it("never include Secrets, or the removal of anything but what users may remove", () => {
    for (const { resources = [], verbs } of [...init.filter((rule) => !granted.includes(rule)), ...run]) {
      assert.ok(!resources.includes("secrets"));
      assert.ok(!verbs.some((verb) => verb.startsWith("delete")));
    }
  });

  it("are for the kind under each of its groups", () => {
    const crds = init.filter(({ resources = [] }) => resources.includes("customresourcedefinitions"));
    assert.deepEqual(
      crds.flatMap(({ resourceNames = [] }) => resourceNames),
      ["tests.test.example", "tests.old.example"],
    );
    assert.deepEqual(
      granted.flatMap(({ apiGroups = [] }) => apiGroups),
      ["test.example", "old.example"],
    );
    assert.deepEqual(groupsOf("tests"), ["test.example", "old.example"]);
    assert.deepEqual(groupsOf("tests/status"), ["test.example", "old.example"]);
  });

  it("of init let it find objects of a kind that loses its registration, and nothing more", () => {
    const dropped = { group: "relics.example", version: "v1", kind: "Relic" };

    assert.deepEqual(rulesOf(initRights(movedProgram, [dropped])), [
      ...init,
      { apiGroups: ["relics.example"], resources: ["*"], verbs: ["list"] },
    ]);
  });
});
