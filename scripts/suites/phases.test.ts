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

  it("end with what needs real servers", () => {
    const kinds = phasesOf(suites)
      .flat(2)
      .map(({ group }) => group === "real");

    assert.deepEqual(
      kinds,
      kinds.toSorted((one, other) => Number(one) - Number(other)),
    );
  });

  it("hold nothing that was not asked for", () => {
    assert.deepEqual(flat(["chaos"]), ["chaos"]);
    assert.deepEqual(new Set(phasesOf(selectSuites(["quick"])).flat(2)), new Set(selectSuites(["quick"])));
  });
});
