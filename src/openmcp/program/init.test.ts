import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { PolicyRule, TokenAccess } from "../platform/kinds.ts";
import { initRights, runRights } from "./init.ts";
import { testProgram } from "./testing/program.ts";

const served = [testProgram.resource, { ...testProgram.resource, group: "old.test.example" }];
const init = rulesOf(initRights(served));
const run = rulesOf(runRights(served));

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

  it("never include Secrets, or the removal of anything", () => {
    for (const { resources = [], verbs } of [...init, ...run]) {
      assert.ok(!resources.includes("secrets"));
      assert.ok(!verbs.some((verb) => verb.startsWith("delete")));
    }
  });

  it("are for the kind under each of its groups", () => {
    assert.deepEqual(
      init.flatMap(({ resourceNames = [] }) => resourceNames),
      ["tests.test.example", "tests.old.test.example"],
    );
    assert.deepEqual(groupsOf("tests"), ["test.example", "old.test.example"]);
    assert.deepEqual(groupsOf("tests/status"), ["test.example", "old.test.example"]);
  });

  it("of init let it find objects of a kind that loses its registration, and nothing more", () => {
    const dropped = { group: "relics.example", version: "v1", kind: "Relic" };

    assert.deepEqual(rulesOf(initRights(served, [dropped])), [
      ...init,
      { apiGroups: ["relics.example"], resources: ["*"], verbs: ["list"] },
    ]);
  });
});
