import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { LabelSelectorError, parseLabelSelector } from "./label-selector.ts";

const KEY = "sharding.fluxcd.io/key";

describe("parseLabelSelector", () => {
  const cases: readonly [selector: string, labels: Record<string, string>, isMatch: boolean][] = [
    ["", {}, true],
    ["", { [KEY]: "a" }, true],
    [`!${KEY}`, {}, true],
    [`!${KEY}`, { [KEY]: "a" }, false],
    [`! ${KEY}`, { [KEY]: "" }, false],
    [KEY, { [KEY]: "" }, true],
    [KEY, {}, false],
    [`${KEY}=a`, { [KEY]: "a" }, true],
    [`${KEY} == a`, { [KEY]: "a" }, true],
    [`${KEY}=a`, { [KEY]: "b" }, false],
    [`${KEY}=a`, {}, false],
    [`${KEY}=`, { [KEY]: "" }, true],
    [`${KEY}!=a`, {}, true],
    [`${KEY}!=a`, { [KEY]: "a" }, false],
    [`${KEY} in (a, b)`, { [KEY]: "b" }, true],
    [`${KEY} in (a,b)`, {}, false],
    [`${KEY} notin (a,b)`, {}, true],
    [`${KEY} notin (a,b)`, { [KEY]: "c" }, true],
    [`${KEY} notin (a,b)`, { [KEY]: "a" }, false],
    [`${KEY} in (a,b),tier!=gold`, { [KEY]: "a", tier: "gold" }, false],
    [`${KEY} in (a,b),tier!=gold`, { [KEY]: "a", tier: "iron" }, true],
    ["!constructor", {}, true],
  ];
  for (const [selector, labels, isMatch] of cases.filter(([text]) => !text.startsWith("_"))) {
    it(`${JSON.stringify(selector)} ${isMatch ? "selects" : "leaves out"} ${JSON.stringify(labels)}`, () => {
      assert.equal(parseLabelSelector(selector).matches(labels), isMatch);
    });
  }

  it("gives texts that mean the same one text", () => {
    const texts = ["b==x , a in (z,y,z)", "a in (y, z),b=x", "b in (x),a in (z,y),b=x"];
    assert.deepEqual(
      texts.map((text) => parseLabelSelector(text).text),
      texts.map(() => "a in (y,z),b=x"),
    );
  });

  for (const text of [
    ",",
    "a,",
    "a b",
    "a in",
    "a in b",
    "a in (b",
    "a=b=c",
    "a>1",
    "a in (b c)",
    "-a",
    "A/b/c",
    "a=b!",
  ]) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseLabelSelector(text), LabelSelectorError);
    });
  }
});
