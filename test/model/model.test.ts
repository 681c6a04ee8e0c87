import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { MISTAKES } from "./mistakes.ts";
import { describeFinding, describeFound, QUICK, search } from "./search.ts";

describe("every state that the reconcile can be brought to", () => {
  for (const wanted of QUICK) {
    it(`keeps the rules and leads to an end: ${wanted.variant}, ${wanted.faults} fault(s)`, async (t) => {
      const found = await search(wanted);

      t.diagnostic(describeFound(found));
      assert.deepEqual(found.findings.map(describeFinding), []);
      assert.ok(found.isComplete);
      assert.ok(found.ends.has("gone"));
    });
  }
});

describe("a deliberate mistake", () => {
  for (const mistake of MISTAKES) {
    it(`is found in ${mistake.part}: ${mistake.what}`, async (t) => {
      const { variant, faults } = mistake;
      const found = await search({ variant, faults, states: 100_000 }, mistake);

      const [first] = found.findings;
      assert.ok(first !== undefined, "nothing was found");
      t.diagnostic(`after ${first.way.length} steps, ${found.states} states: ${first.broken}`);
      assert.match(first.broken, mistake.found);
    });
  }
});
