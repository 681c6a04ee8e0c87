import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { describe, it } from "node:test";

import manifest from "../../package.json" with { type: "json" };

const BUNDLE = new URL("../../dist/service-provider-ocm.mjs", import.meta.url).pathname;

type Executed = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

function executed(...words: readonly string[]): Executed {
  return executedWith({}, ...words);
}

function executedWith(env: Readonly<Record<string, string>>, ...words: readonly string[]): Executed {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BUNDLE, ...words], {
    encoding: "utf8",
    env: { KUBECONFIG: "/does/not/exist", ...env },
  });
  return { status, stdout, stderr };
}

describe("the shipped program", () => {
  it("says its version, and which sources it was built from", () => {
    const { status, stdout } = executed("version");

    assert.equal(status, 0);
    assert.match(stdout, /^\d+\.\d+\.\d+(?:-dev)?(?:\+[0-9a-z.-]+)?\n$/u);
    assert.equal(stdout.split(/[+\n]/u)[0], manifest.version);
  });

  it("explains itself when asked", () => {
    for (const word of ["help", "--help", "-h"]) {
      const { status, stdout, stderr } = executed(word);

      assert.deepEqual([status, stderr], [0, ""]);
      assert.match(stdout, /^ {2}init .*\n {2}run /mu);
    }
  });

  it("explains migrate by itself", () => {
    const { status, stdout } = executed("migrate", "--help");

    assert.equal(status, 0);
    assert.match(stdout, /^ {2}service-provider-ocm migrate \[name\] \[-n namespace\] \[--dry-run\] \[flags\]$/mu);
    assert.doesNotMatch(stdout, /--leader-elect/u);
  });

  it("exits with 2 and two lines for words that it does not know", () => {
    const table: readonly (readonly [words: readonly string[], complaint: string])[] = [
      [[], "a command is missing"],
      [["serve"], "unknown command: serve"],
      [["migrat"], "unknown command: migrat (did you mean migrate?)"],
      [["run", "--no-such-flag"], "unknown flag: --no-such-flag"],
      [["run", "--leader-elct"], "unknown flag: --leader-elct (did you mean --leader-elect?)"],
      [["run"], "flag is missing: --provider-name"],
      [
        ["migrate", "--provider-name=ocm", "-n", ""],
        'invalid value for --namespace: "" (expected the name of an object)',
      ],
    ];
    for (const [words, complaint] of table) {
      const { status, stdout, stderr } = executed(...words);

      assert.deepEqual([status, stdout], [2, ""]);
      const topic = ["run ", "migrate "].find((name) => words[0] === name.trim()) ?? "";
      assert.equal(
        stderr,
        `service-provider-ocm: ${complaint}\nRun "service-provider-ocm ${topic}--help" for usage.\n`,
      );
    }
  });

  it("ends quietly when nobody reads the answer any more, as with head", async () => {
    const child = spawn(process.execPath, [BUNDLE, "help"], { env: {}, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => (complaint += part));

    const [code] = (await once(child, "close")) as [number | null];

    assert.deepEqual([code, complaint], [0, ""]);
  });

  it("logs places in the file that is shipped, or in the sources when Node uses its source map", () => {
    const words = ["run", "--provider-name=ocm", "--disable-caller=false"];
    for (const [env, place] of [
      [{}, /^program\.cjs:\d+$/u],
      [{ NODE_OPTIONS: "--enable-source-maps" }, /^command\/[\w-]+\.ts:\d+$/u],
    ] as const) {
      const { stdout } = executedWith(env, ...words);

      const { caller } = JSON.parse(stdout.split("\n")[0] ?? "") as { readonly caller: string };
      assert.match(caller, place);
    }
  });

  it("exits with 1 and one line when it cannot do what it is asked for", () => {
    for (const command of ["init", "run", "migrate"]) {
      const { status, stdout, stderr } = executed(command, "--provider-name", "ocm", "-verror");

      assert.deepEqual([status, stdout], [1, ""]);
      assert.equal(stderr, "service-provider-ocm: kubeconfig /does/not/exist does not exist\n");
    }
  });
});
