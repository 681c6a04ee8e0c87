import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { describe, it } from "node:test";
import { selectSuites, suites } from "./suites.ts";

describe("selectSuites", () => {
  it("takes quick and thorough for what needs no real API server", () => {
    assert.ok(selectSuites(["quick", "thorough"]).every(({ ground }) => ground !== "real"));
  });

  it("takes quick, thorough and real together for everything, quick ones first", () => {
    assert.deepEqual(selectSuites(["real", "thorough", "quick"]), suites);
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
