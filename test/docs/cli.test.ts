import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { provider } from "../../src/ocm/provider.ts";
import { flagsOf } from "../../src/openmcp/command/command.ts";
import { readCommandLine } from "../../src/openmcp/command/read-command-line.ts";
import { commandsOf } from "../../src/openmcp/program/commands.ts";

const commands = commandsOf(provider);

describe("the table of commands", () => {
  it("sums each command up in a sentence, and describes flags and examples without a full stop", () => {
    for (const { name, summary, synopsis, flags, examples = [] } of commands) {
      assert.match(summary, /^[A-Z].*[^.]\.$/u, name);
      assert.notEqual(synopsis.length, 0, name);
      for (const text of [...flags.map(({ description }) => description), ...examples.map(({ says }) => says)]) {
        assert.match(text, /^(?:[a-z]|[A-Z]{2}).*[^.]$/u, `${name}: ${text}`);
      }
    }
  });

  it("has flags of one name or letter take a value in every command or in none: they may come before the command", () => {
    const isBoolean = new Map<string, boolean>();
    for (const { name, shorthand, kind } of commands.flatMap(flagsOf)) {
      for (const key of [name, ...(shorthand === undefined ? [] : [shorthand])]) {
        assert.equal(kind === "boolean", isBoolean.get(key) ?? kind === "boolean", key);
        isBoolean.set(key, kind === "boolean");
      }
    }
  });

  it("has no flag twice in a command", () => {
    for (const command of commands) {
      const names = flagsOf(command).flatMap(({ name, shorthand }) => [`--${name}`, ...(shorthand ? [shorthand] : [])]);
      assert.deepEqual(names, [...new Set(names)], command.name);
    }
  });

  it("gives examples that the command understands", () => {
    for (const { name, examples = [] } of commands) {
      for (const { command } of examples) {
        const words = command.replace(/ [|>].*$/u, "").split(" ");
        assert.equal(readCommandLine(words, commands).command.name, name, command);
      }
    }
  });

  it("loads each command", async () => {
    for (const { name, load } of commands) {
      assert.equal(typeof (await load()), "function", name);
    }
  });
});
