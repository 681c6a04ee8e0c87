import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { flags } from "./flags.ts";
import { helpText } from "./help.ts";

describe("helpText", () => {
  it("names every command and every flag", () => {
    const text = helpText();

    for (const word of ["init", "run", "version", "help", ...flags.map(({ name }) => `--${name}`)]) {
      assert.ok(text.includes(word), word);
    }
  });
});
