import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { firstLane, laterLanes } from "./lanes.ts";
import { selectSuites, suites } from "./suites.ts";

describe("lanes", () => {
  it("hold every suite once", () => {
    const all = [firstLane(suites), ...laterLanes(suites)].flat();

    assert.deepEqual(new Set(all), new Set(suites));
    assert.equal(all.length, suites.length);
  });

  it("begin with the quick suites, one after the other", () => {
    const quick = selectSuites(["quick"]);

    assert.deepEqual(firstLane(suites).slice(0, quick.length), quick);
  });

  it("go on with real suites, one after the other, beside what only computes", () => {
    assert.deepEqual(laterLanes(suites), [selectSuites(["real"]), selectSuites(["simulation", "chaos"])]);
  });

  it("are none where nothing of the kind was asked for", () => {
    assert.deepEqual(firstLane(selectSuites(["chaos"])), []);
    assert.deepEqual(laterLanes(selectSuites(["quick"])), []);
  });
});
