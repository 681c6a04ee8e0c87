import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { flagsOf } from "../command/command.ts";
import { movedProgram } from "../command/testing/program.ts";
import { commandsOf } from "./commands.ts";

const commands = commandsOf(movedProgram);

describe("commandsOf", () => {
  it("gives each command a summary that is a sentence, and at least one form", () => {
    for (const { name, summary, synopsis } of commands) {
      assert.match(summary, /^[A-Z].*[^.]\.$/u, name);
      assert.notEqual(synopsis.length, 0, name);
    }
  });

  it("has flags of one name or letter take a value in every command or in none: they may come before the command", () => {
    const flags = commands.flatMap(flagsOf);
    const isBoolean = new Map<string, boolean>();
    for (const { name, shorthand, kind } of flags) {
      for (const key of [name, ...(shorthand === undefined ? [] : [shorthand])]) {
        assert.equal(kind === "boolean", isBoolean.get(key) ?? kind === "boolean", key);
        isBoolean.set(key, kind === "boolean");
      }
    }
  });

  it("has no flag twice in a command", () => {
    for (const command of commands) {
      const names = flagsOf(command).flatMap(({ name, shorthand = name }) => [...new Set([name, shorthand])]);
      assert.deepEqual(names, [...new Set(names)], command.name);
    }
  });
});
