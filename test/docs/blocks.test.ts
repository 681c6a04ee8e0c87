import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { provider } from "../../src/ocm/provider.ts";
import { commandsOf } from "../../src/openmcp/program/commands.ts";
import { type Block, blocksOf, isShown, plainCommand, type Step, stepsOf } from "../documents/block.ts";
import { isListed, notRun } from "../documents/not-run.ts";
import { RUNNABLE } from "../documents/run-document.ts";

/** What a reader is given; records of decisions and of changes are about the past. */
const documents = globSync(["*.md", "docs/*.md", "{deploy,examples}/**/*.md"]).filter(
  (file) => file !== "CHANGELOG.md",
);
/** Nothing can be done with these but read them. */
const READ_ONLY = ["text", "json", "ts"];

const blocks = documents.flatMap((file) => blocksOf(file, readFileSync(file, "utf8")));
const commands = blocks
  .filter(({ language }) => language === "console")
  .flatMap((block) => stepsOf(block).map(({ command }) => plainCommand(command)));

function placeOf({ file, line }: Block): string {
  return `${file}:${line}`;
}

describe("the code blocks of the documents", () => {
  it("say what they are", () => {
    const unknown = blocks.filter(({ language }) => !RUNNABLE.has(language) && !READ_ONLY.includes(language));

    assert.deepEqual(unknown.map(placeOf), []);
  });

  it("are run by a test in test/documents, each document by one", () => {
    const run = globSync("test/documents/*.test.ts").flatMap((file) =>
      Array.from(readFileSync(file, "utf8").matchAll(/runDocument\("([^"]+)"/gu), ([, document]) => document),
    );
    const withBlocks = documents.filter((document) =>
      blocks.some(({ file, language }) => file === document && RUNNABLE.has(language)),
    );

    assert.deepEqual(new Set(run), new Set(withBlocks));
    assert.equal(run.length, new Set(run).size);
  });

  it("show code as it stands in a file that the line before names, or have it run", () => {
    const unproven = blocks.filter(({ language, shows }) => language === "ts" && shows === undefined);

    assert.deepEqual(unproven.map(placeOf), []);
  });

  it("have no command on the list of what is not run that no document shows", () => {
    const unused = notRun.filter(({ command: listed }) => !commands.some((command) => isListed(listed, command)));

    assert.deepEqual(unused, []);
  });

  it("say of a command that it is one", () => {
    const program = /^\$ |^(?:cosign|crane|docker|gh|git|helm|kubectl|node|npm|npx|ocm|skopeo) /mu;
    const hidden = blocks.filter(({ language, text }) => language === "text" && program.test(text));

    assert.deepEqual(hidden.map(placeOf), []);
  });

  it("give JSON that can be read", () => {
    for (const { text } of blocks.filter(({ language }) => language === "json")) {
      assert.doesNotThrow(() => JSON.parse(text) as unknown, text);
    }
  });
});

describe("the commands in the text of the documents", () => {
  const named = documents.flatMap((file) =>
    Array.from(
      readFileSync(file, "utf8").matchAll(/`((?:node\S*|service-provider-ocm) [^`\n]+)`/gu),
      ([, found = ""]) => found,
    ),
  );

  it("run files that exist", () => {
    const files = named.flatMap((command) => command.match(/\b(?:bench|scripts|src|test)\/\S+/gu) ?? []);

    assert.notEqual(files.length, 0);
    assert.deepEqual(
      files.filter((file) => !existsSync(file)),
      [],
    );
  });

  it("are commands of the program", () => {
    const words = named.flatMap((command) => /^service-provider-ocm (\w+)/u.exec(command)?.[1] ?? []);

    assert.deepEqual(
      words.filter((word) => !commandsOf(provider).some(({ name }) => name === word)),
      [],
    );
  });
});

describe("blocksOf", () => {
  it("finds language, attributes and indented text", () => {
    const document = "# A\n\n```yaml into=A/a\na: 1\n```\n\n1. b\n\n   ```console empty\n   $ c\n   ```\n";

    assert.deepEqual(blocksOf("a.md", document), [
      { file: "a.md", line: 3, language: "yaml", attributes: { into: "A/a" }, text: "a: 1\n" },
      { file: "a.md", line: 9, language: "console", attributes: { empty: "" }, text: "$ c\n" },
    ]);
  });

  it("finds the file that a block shows", () => {
    const [block] = blocksOf("a.md", "[`deploy/a.yaml`](../deploy/a.yaml), as it is:\n\n```yaml\na: 1\n```\n");

    assert.equal(block?.shows, "deploy/a.yaml");
  });
});

function steps(text: string): readonly Step[] {
  return stepsOf({ file: "a.md", line: 1, language: "console", attributes: {}, text });
}

describe("stepsOf", () => {
  it("takes commands and their output apart", () => {
    assert.deepEqual(steps("$ a  # why\none\n\ntwo\n$ b\n\n$ c\n"), [
      { command: "a  # why", output: "one\n\ntwo" },
      { command: "b" },
      { command: "c" },
    ]);
  });

  it("joins the lines of a command: after a backslash, a pipe, an open quote, and up to the end of a heredoc", () => {
    const joined = ["a \\\n  b", "a |\n  b", "a &&\nb", "a 'b\nc'", "a <<EOF\nb\nEOF"];

    for (const command of joined) {
      assert.deepEqual(steps(`$ ${command}\nout\n`), [{ command, output: "out" }]);
    }
  });

  it("refuses a block that begins with output", () => {
    assert.throws(() => steps("out\n$ a\n"), /a\.md:1: expected the first line to begin with "\$ "/);
  });
});

describe("plainCommand", () => {
  it("leaves comments and line breaks out", () => {
    assert.equal(plainCommand("npm run  sandbox # seconds\n  --once"), "npm run sandbox --once");
  });
});

describe("isShown", () => {
  for (const [shown, printed, expected] of [
    ["a b", "a    b  \n", true],
    ["a b", "a c", false],
    ["a", "a\nb", false],
    ["a … c", "a b c", true],
    ["a … c", "a b\nc", false],
    ["a\n…\nd", "a\nb\nc\nd\n", true],
    ["…\nd", "d", true],
    ["a\n…", "a\nb\n", true],
    ["a.(b)", "axb", false],
  ] as const) {
    it(`${expected ? "knows" : "does not know"} ${JSON.stringify(printed)} by ${JSON.stringify(shown)}`, () => {
      assert.equal(isShown(shown, printed), expected);
    });
  }
});
