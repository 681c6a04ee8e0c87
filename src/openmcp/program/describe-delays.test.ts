import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { describeDelays } from "./run.ts";

const fine = { name: "providerconfig", unserved: 0, longestMs: 0, isStuck: false };
const late = { name: "ocm", unserved: 3, longestMs: 312_000, isStuck: false };

describe("describeDelays", () => {
  for (const [what, delays, delay, standstill] of [
    ["nothing while every key is served", [fine], undefined, undefined],
    ["how many keys are late", [late, fine], "3 ocm not served, the first for 312 s", undefined],
    [
      "a standstill besides",
      [{ ...late, isStuck: true }, fine],
      "3 ocm not served, the first for 312 s",
      "3 ocm not served, the first for 312 s",
    ],
  ] as const) {
    it(`says ${what}`, () => {
      const work = describeDelays({ delays: () => delays });

      assert.deepEqual([work.delay(), work.standstill()], [delay, standstill]);
    });
  }
});
