import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { flagsOf, type Program } from "../command/command.ts";
import { movedProgram, testProgram } from "../command/testing/program.ts";
import { commandsOf } from "./commands.ts";
import { helpText } from "./help.ts";

function helpOf(program: Program, name?: string, columns = 1000): string {
  return helpText(program, commandsOf(program), { name, columns });
}

describe("helpText", () => {
  it("names every command of the program, and none of their flags", () => {
    const text = helpOf(testProgram);

    assert.deepEqual(
      Array.from(text.matchAll(/^  ([a-z]+)  /gmu), ([, name]) => name),
      commandsOf(testProgram).map(({ name }) => name),
    );
    assert.doesNotMatch(text, /--leader-elect/u);
  });

  it("names migrate where kinds had another API group before", () => {
    assert.match(helpOf(movedProgram), /^  migrate +moves .* to test\.example$/mu);
    assert.doesNotMatch(helpOf(testProgram), /old\.example/u);
  });

  it("breaks lines between words where the terminal ends", () => {
    const lines = helpOf(movedProgram, "run", 90).split("\n");

    assert.deepEqual(
      lines.filter((line) => line.length > 90 && !line.startsWith("  service-provider")),
      [],
    );
    assert.deepEqual(
      lines.filter((line) => line !== line.trimEnd()),
      [],
    );
    assert.deepEqual(lines.join("\n").split(/\s+/u), helpOf(movedProgram, "run").split(/\s+/u));
  });

  it("explains each command with all of its flags and no others", () => {
    for (const command of commandsOf(movedProgram)) {
      const text = helpOf(movedProgram, command.name);

      assert.ok(text.startsWith(`${command.summary}\n`), command.name);
      const named = Array.from(text.matchAll(/^ {2}(?:-\w, | {4})--([a-z0-9-]+)/gmu), ([, name]) => name);
      assert.deepEqual(
        named,
        flagsOf(command).map(({ name }) => name),
        command.name,
      );
    }
  });
});
