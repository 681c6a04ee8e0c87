import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { describe, it } from "node:test";
import { selectSuites, type Suite, suites } from "./suites.ts";

function filesOf(chosen: readonly Suite[]): readonly string[] {
  return [...new Set(chosen.flatMap(({ files }) => globSync([...files])))];
}

describe("selectSuites", () => {
  it("takes quick for everything that needs no real API server", () => {
    assert.ok(selectSuites(["quick"]).every(({ ground }) => ground !== "real"));
  });

  it("takes quick and real together for every file, quick ones first", () => {
    const selected = selectSuites(["real", "quick"]);

    assert.deepEqual(filesOf(selected).toSorted(), filesOf(suites).toSorted());
    assert.equal(
      selected.findIndex(({ ground }) => ground === "real"),
      selected.length - 1,
    );
  });

  it("refuses a name that is no suite, and no name at all", () => {
    assert.throws(() => selectSuites(["unit", "unti"]), /found unti$/);
    assert.throws(() => selectSuites([]), /found none$/);
  });
});

describe("suites", () => {
  it("leave no test file out", () => {
    const every = globSync("{src,sim,ground,sandbox,scripts,test,bench}/**/*.test.ts");
    const covered = new Set(suites.flatMap(({ files }) => globSync([...files])));

    assert.deepEqual(
      every.filter((file) => !covered.has(file)),
      [],
    );
  });
});
