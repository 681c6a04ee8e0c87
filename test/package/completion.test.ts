import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";

import { debianProgram } from "../../ground/debian/debian-program.ts";

const PROGRAM = "service-provider-ocm";
const BUNDLE = new URL("../../dist/service-provider-ocm.mjs", import.meta.url).pathname;
/** Together less than a file of this suite may take. */
const WITHIN_MS = 30_000;

/** What is typed before the key for completion, and the words that the shell finds or completes it to. */
const typed: readonly (readonly [line: string, found: readonly string[]])[] = [
  ["mig", ["migrate"]],
  ["completion ", ["bash", "fish", "zsh"]],
  ["completion z", ["zsh"]],
  ["help mi", ["migrate"]],
  ["run --verbosity d", ["debug"]],
  ["migrate -f j", ["json"]],
  ["migrate --names", ["--namespace"]],
  ["run --kubeconfig /etc/hostn", ["/etc/hostname"]],
  // Flags without effect, and those of other commands.
  ["run --webh", []],
  ["migrate --leader", []],
  ["run --environment d", []],
];

describe("completion", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "completion-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  function scriptFor(shell: string): string {
    const path = join(folder, `_${PROGRAM}.${shell}`);
    writeFileSync(path, execFileSync(process.execPath, [BUNDLE, "completion", shell]));
    return path;
  }

  function output(command: string, args: readonly string[]): string {
    return execFileSync(command, args, { encoding: "utf8", timeout: WITHIN_MS, env: { HOME: folder, TERM: "dumb" } });
  }

  it("finds commands, flags and values in bash", () => {
    const script = scriptFor("bash");
    const more = [
      ["run --verbosity=d", ["debug"]],
      ["--verbosity debug ru", ["run"]],
    ] as const;
    for (const [line, found] of [...typed, ...more]) {
      // Readline takes the = for a word.
      const words = [PROGRAM, ...line.replace("=", " = ").split(" ")];
      const driver = `source ${script}
        compopt() { :; }
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _service_provider_ocm
        printf '%s\\n' "\${COMPREPLY[@]}"`;

      const printed = output("bash", ["--norc", "-c", driver, "bash", ...words]);

      assert.deepEqual(printed.split("\n").filter(Boolean).toSorted(), found, line);
    }
  });

  it("finds commands, flags and values in fish", async (t) => {
    const fish = await debianProgram("fish", WITHIN_MS);
    if ("missing" in fish) {
      t.skip(fish.missing);
      return;
    }
    const script = scriptFor("fish");
    const functions = join(dirname(fish.path), "fish/usr/share/fish/functions");
    const path = existsSync(functions) ? `set -g fish_function_path ${functions};` : "";
    for (const [line, found] of typed) {
      const printed = output(fish.path, ["-N", "-c", `${path} source ${script}; complete -C '${PROGRAM} ${line}'`]);

      const words = printed.split("\n").map((one) => one.split("\t")[0] ?? "");
      assert.deepEqual(words.filter(Boolean).toSorted(), found, line);
    }
  });

  it("completes commands, flags and values in zsh", async (t) => {
    const zsh = await debianProgram("zsh", WITHIN_MS);
    if ("missing" in zsh) {
      t.skip(zsh.missing);
      return;
    }
    const driver = join(folder, "driver.zsh");
    writeFileSync(driver, zshDriver(zsh.path, scriptFor("zsh")));
    // It starts anew for each line, which takes long.
    const some = typed.filter(([line]) => /^(?:mig|help|migrate|run --(?:v|k|webh))/u.test(line));
    for (const [line, found] of [...some, ["run --verbosity=d", ["--verbosity=debug"]] as const]) {
      const start = `${PROGRAM} ${line}`;
      const [word, ...others] = found;
      const kept = start.slice(0, start.lastIndexOf(" ") + 1);

      const printed = output(zsh.path, ["-f", driver, start]);

      const completed = /<<(.*?)>>/u.exec(printed)?.[1]?.replace(/[ =]$/u, "");
      assert.equal(completed, (word === undefined || others.length > 0 ? start : kept + word).trimEnd(), line);
    }
  });
});

/** Types a line and the key for completion into a zsh with a terminal, and prints the line as it is then. */
function zshDriver(zsh: string, script: string): string {
  const root = join(dirname(zsh), "zsh");
  // Of a package that was only unpacked.
  const paths = existsSync(root)
    ? `module_path=(${root}/usr/lib/*/zsh/*(/)); fpath=(${root}/usr/share/zsh/functions/**/*(/))`
    : ":";
  return `${paths}
    zmodload zsh/zpty
    zpty z ${zsh} -f -i
    zpty -w z ${quoted(`${paths}; autoload -Uz compinit; compinit -D -u; source ${script}`)}
    zpty -w z ${quoted('finish() { print -r -- "<<$BUFFER>>"; BUFFER=; exit }; zle -N finish')}
    zpty -w z ${quoted('bindkey "^X" finish; bindkey "^I" complete-word; PS1=; print RE""ADY')}
    zpty -r z line '*READY*'
    zpty -w -n z "$1"$'\\t\\x18'
    zpty -r z line '*>>*'
    print -r -- "$line"`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
