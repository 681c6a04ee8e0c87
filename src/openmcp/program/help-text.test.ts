import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { flags, type CommandName } from "./flags.ts";
import { helpText } from "./help-text.ts";
import { movedProgram, testProgram } from "./testing/program.ts";

function namesIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/^ +(?:-\w, )?--([a-z0-9-]+)/gmu), ([, name = ""]) => name);
}

function namesOf(command: CommandName): readonly string[] {
  return flags.filter(({ commands }) => commands.includes(command)).map(({ name }) => name);
}

describe("helpText", () => {
  it("names every command of the program, and the flags of init and run", () => {
    const text = helpText(testProgram, ["help"]);

    assert.deepEqual(
      Array.from(text.matchAll(/^  ([a-z]+)  /gmu), ([, name]) => name),
      ["init", "run", "version", "help"],
    );
    assert.deepEqual(namesIn(text), namesOf("run"));
    assert.deepEqual(namesOf("init"), namesOf("run"));
  });

  it("names migrate where kinds had another API group before", () => {
    assert.match(helpText(movedProgram, ["--help"]), /^  migrate  moves .* to test\.example/mu);
    assert.doesNotMatch(helpText(testProgram, ["migrate", "--help"]), /old\.example/u);
  });

  it("explains migrate with its own flags when the words are about it", () => {
    const text = helpText(movedProgram, ["migrate", "--help"]);

    assert.match(text, /^Moves Test objects .* from old\.example to test\.example\.$/mu);
    assert.deepEqual(namesIn(text), namesOf("migrate"));
  });
});
