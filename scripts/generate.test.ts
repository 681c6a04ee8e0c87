import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { generatedFiles } from "./generate.ts";

describe("a generated file", () => {
  for (const [path, content] of Object.entries(generatedFiles)) {
    it(`is what its source says now: ${path}`, async () => {
      assert.equal(readFileSync(path, "utf8"), await content(), `${path} is out of date: run "npm run generate"`);
    });
  }
});
