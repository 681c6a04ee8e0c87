import assert from "node:assert/strict";
import { describe, it } from "node:test";

import type { Command } from "./command.ts";
import { readCommandLine } from "./read-command-line.ts";
import { UsageError } from "./usage-error.ts";

const unused = { summary: "Tests.", synopsis: [""], load: (): never => assert.fail("nothing is executed") };
const list: Command = {
  ...unused,
  name: "list",
  flags: [
    { name: "all", shorthand: "A", kind: "boolean", description: "" },
    { name: "watch", shorthand: "w", kind: "boolean", description: "" },
    { name: "output", shorthand: "o", kind: "text", values: ["json", "table"], default: "table", description: "" },
    { name: "file", shorthand: "f", kind: "text", isRepeatable: true, description: "" },
    { name: "name", kind: "name", description: "" },
    { name: "count", kind: "integer", default: "3", description: "" },
    { name: "timeout", kind: "duration", default: "1m", description: "" },
  ],
  words: [
    { name: "kind", values: ["tenants", "objects"], isRequired: true },
    { name: "name", kind: "name" },
  ],
};
const log: Command = {
  ...unused,
  name: "log",
  flags: [{ name: "format", shorthand: "f", kind: "text", description: "" }],
};
const help: Command = { ...unused, name: "help", flags: [], words: [{ name: "command" }] };
const read = (line: string): ReturnType<typeof readCommandLine> => readCommandLine(line.split(" "), [list, log, help]);

describe("readCommandLine", () => {
  it("reads flags of one letter one after the other, the last with its value", () => {
    for (const line of ["list tenants -Awo json", "list tenants -A -w -ojson", "list tenants -Aw=true -o=JSON"]) {
      const { given } = read(line);

      assert.deepEqual(
        [given.isOn("all"), given.isOn("watch"), given.oneOf("output", ["json", "table"])],
        [true, true, "json"],
        line,
      );
    }
  });

  it("keeps each value of a flag that may be repeated, and of others the last", () => {
    const { given } = read("list tenants -f a --file=b -f - --count 1 --count 2");

    assert.deepEqual(given.all("file"), ["a", "b", "-"]);
    assert.equal(given.integer("count"), 2);
  });

  it("takes a letter before the command for the flag that the command has by that letter", () => {
    assert.deepEqual(read("-f a list tenants").given.all("file"), ["a"]);
    assert.equal(read("-f a log").given.text("format"), "a");
  });

  it("gives flags that are not on the line their defaults", () => {
    const { given } = read("list tenants");

    assert.deepEqual(
      [given.isOn("all"), given.text("output"), given.all("file"), given.find("name"), given.integer("count")],
      [false, "table", [], undefined, 3],
    );
    assert.equal(given.durationMs("timeout"), 60_000);
    assert.deepEqual([given.has("count"), given.words], [false, ["tenants"]]);
  });

  it("asks for help on the command that the line is about, whatever else is wrong with the line", () => {
    for (const [line, topics] of [
      ["list --help --nonsense", ["list"]],
      ["--help", []],
      ["-h log", ["log"]],
      ["help log", ["log"]],
    ] as const) {
      const { command, given } = read(line);

      assert.deepEqual([command.name, given.words], ["help", topics], line);
    }
  });

  it("refuses wrong words and values before anything is executed, and names them", () => {
    for (const [line, complaint] of [
      ["list", "argument is missing: kind (tenants or objects)"],
      ["list things", 'invalid value for kind: "things" (expected tenants or objects)'],
      ["list tenants a b", "unexpected argument: b"],
      ["list tenants A", 'invalid value for name: "A" (expected the name of an object)'],
      ["list tenants --name=", 'invalid value for --name: "" (expected the name of an object)'],
      ["list tenants -o yaml", 'invalid value for --output: "yaml" (expected json or table)'],
      ["list tenants -o", "flag needs a value: -o"],
      ["list tenants --count 1.5", 'invalid value for --count: "1.5" (expected a whole number)'],
      [
        "list tenants --timeout -1s",
        'invalid value for --timeout: "-1s" (expected a duration such as 30s, 5m or 1h30m)',
      ],
      ["list tenants --all=maybe", 'invalid value for --all: "maybe" (expected true or false)'],
      ["list tenants --format json", "unknown flag of list: --format"],
      ["list tenants --outptu json", "unknown flag: --outptu (did you mean --output?)"],
      ["list tenants -Ax", "unknown shorthand flag: -x"],
      ["lits", "unknown command: lits (did you mean list?)"],
    ] as const) {
      assert.throws(() => read(line), new UsageError(complaint), line);
    }
  });
});
