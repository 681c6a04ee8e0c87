import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { phasesOf } from "./phases.ts";
import { selectSuites, suites } from "./suites.ts";

const flat = (names: readonly string[]): readonly string[] =>
  phasesOf(selectSuites(names))
    .flat(2)
    .map(({ name }) => name);

describe("phases", () => {
  it("hold every suite once", () => {
    const all = phasesOf(suites).flat(2);

    assert.deepEqual(new Set(all), new Set(suites));
    assert.equal(all.length, suites.length);
  });

  it("begin with the quick suites, one after the other", () => {
    const quick = selectSuites(["quick"]);

    assert.deepEqual(phasesOf(suites)[0]?.[0]?.slice(0, quick.length), quick);
  });

  it("hold nothing that was not asked for", () => {
    assert.deepEqual(flat(["chaos"]), ["chaos"]);
    assert.deepEqual(phasesOf(selectSuites(["quick"])), [[selectSuites(["quick"])]]);
  });
});
