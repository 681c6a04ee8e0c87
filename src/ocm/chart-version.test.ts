import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { StalledError } from "../runtime/errors.ts";
import { parseChartVersion } from "./chart-version.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

describe("parseChartVersion", () => {
  it("takes a tag as it is", () => {
    assert.deepEqual(parseChartVersion("0.4.0"), { text: "0.4.0", ref: { tag: "0.4.0" } });
  });

  it("prefers the digest, because a tag can be moved", () => {
    assert.deepEqual(parseChartVersion(`0.4.0@${DIGEST}`).ref, { digest: DIGEST });
  });

  for (const text of [
    "",
    " ",
    ">=0.4.0",
    "^0.4",
    "0.4.x ",
    "*",
    "0.4.0@sha256:12",
    `@${DIGEST}`,
    "a/b",
    "-1",
    "x".repeat(129),
  ]) {
    it(`refuses "${text.slice(0, 20)}"`, () => {
      assert.throws(() => parseChartVersion(text), StalledError);
    });
  }
});
