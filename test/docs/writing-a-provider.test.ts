import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";

const GUIDE = readFileSync("docs/writing-a-provider.md", "utf8");
const MOST_LINES = 60;

/** Files of the example that the guide shows: path → content. */
const shown = new Map(
  Array.from(GUIDE.matchAll(/^\[`(examples\/[^`]+)`\].*:\n\n```\w+\n([\s\S]*?)^```$/gm), ([, path = "", text = ""]) => [
    path,
    text,
  ]),
);

describe("docs/writing-a-provider.md", () => {
  it("shows every file of the example, and each as it is", () => {
    const files = globSync("examples/hello/**/*.{ts,yaml}").toSorted();

    assert.deepEqual([...shown.keys()].toSorted(), files);
    for (const [path, text] of shown) {
      assert.equal(text, readFileSync(path, "utf8"), path);
    }
  });

  it("needs no more than a page of TypeScript", () => {
    const lines = [...shown].filter(([path]) => path.endsWith(".ts")).flatMap(([, text]) => text.trimEnd().split("\n"));

    assert.ok(lines.length <= MOST_LINES, `expected at most ${MOST_LINES} lines, found ${lines.length}`);
  });
});
