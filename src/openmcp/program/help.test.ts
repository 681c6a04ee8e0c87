import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { flags, helpText } from "./command-line.ts";
import { testProgram } from "./testing/program.ts";

describe("helpText", () => {
  it("names every command and every flag", () => {
    const text = helpText(testProgram);

    for (const word of ["init", "run", "version", "help", ...flags.map(({ name }) => `--${name}`)]) {
      assert.ok(text.includes(word), word);
    }
  });
});
