import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { judgeAdmission } from "./admission.ts";

describe("judgeAdmission", () => {
  const all = ["OCMOffer", "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"];
  const cases = [
    { name: "nothing, where all is on offer", isWanted: false, isCurrent: false, missing: all, levels: [] },
    { name: "a policy, where all is on offer", isWanted: false, isCurrent: false, missing: [], levels: ["warning"] },
    { name: "no policy", isWanted: true, isCurrent: true, missing: all.slice(1), levels: ["warning"] },
    { name: "an old policy", isWanted: true, isCurrent: false, missing: [], levels: ["warning"] },
    { name: "the policy", isWanted: true, isCurrent: true, missing: [], levels: ["ok"] },
  ];
  for (const { name, levels, ...sight } of cases) {
    it(`finds ${name} ${levels.join("") || "not worth a word"}`, () => {
      assert.deepEqual(
        judgeAdmission({ ...sight, total: all.length }).map(({ level }) => level),
        levels,
      );
    });
  }
});
