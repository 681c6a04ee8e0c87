import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ApiError } from "../api/api-error.ts";
import { parseLabelSelector } from "./label-selector.ts";

const labels = { app: "web", tier: "front", "example.com/weight": "5" };

const cases: readonly (readonly [selector: string, matches: boolean])[] = [
  ["", true],
  ["app", true],
  ["!app", false],
  ["other", false],
  ["!other", true],
  ["app=web", true],
  ["app==web", true],
  ["app = web , tier=front", true],
  ["app!=web", false],
  ["other!=web", true],
  ["app in (web, api)", true],
  ["app notin (web, api)", false],
  ["other notin (web)", true],
  ["other in (web)", false],
  ["app in (web,api),tier notin (back)", true],
  ["example.com/weight>4", true],
  ["example.com/weight<5", false],
  ["app=web,tier=back", false],
];

describe("parseLabelSelector", () => {
  for (const [selector, expected] of cases) {
    it(`${expected ? "selects" : "does not select"} the object with "${selector}"`, () => {
      assert.equal(parseLabelSelector(selector)(labels), expected);
    });
  }

  it("refuses what it does not understand", () => {
    assert.throws(() => parseLabelSelector("app in web"), ApiError);
  });
});
