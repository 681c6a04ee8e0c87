import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { initRights, runRights } from "./init.ts";
import { testProgram } from "./testing/program.ts";

const rights = [initRights, runRights].map((rightsOf) => rightsOf([testProgram.resource]));

describe("rights on the onboarding cluster", () => {
  it("name every group, resource and verb", () => {
    for (const { permissions = [], roleRefs = [] } of rights) {
      assert.deepEqual(roleRefs, []);
      for (const { apiGroups = ["*"], resources = ["*"], verbs } of permissions.flatMap(({ rules }) => rules)) {
        assert.ok(![...apiGroups, ...resources, ...verbs].includes("*"));
      }
    }
  });

  it("never include Secrets, or the removal of anything", () => {
    for (const { permissions = [] } of rights) {
      for (const { resources = [], verbs } of permissions.flatMap(({ rules }) => rules)) {
        assert.ok(!resources.includes("secrets"));
        assert.ok(!verbs.some((verb) => verb.startsWith("delete")));
      }
    }
  });
});
