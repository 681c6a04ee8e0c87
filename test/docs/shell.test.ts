import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Shell } from "../documents/shell.ts";

describe("the shell of a document", () => {
  let shell: Shell;
  before(async () => {
    shell = await Shell.open({ GIVEN: "it's given" });
  });
  after(() => shell.close());

  it("keeps variables and the folder from one command to the next, and exports what was exported", async () => {
    await shell.run("OWN='a\nb'; export SHOWN=c; mkdir made && cd made");

    const { stdout, code } = await shell.run(`echo "$GIVEN $OWN"; sh -c 'echo "$OWN $SHOWN"'; basename "$PWD"`);

    assert.equal(stdout, "it's given a\nb\n c\nmade\n");
    assert.equal(code, 0);
  });

  it("tells how a command ended, and what it wrote where", async () => {
    assert.deepEqual(await shell.run("echo out; echo err >&2; exit 3"), { code: 3, stdout: "out\n", stderr: "err\n" });
  });

  it("waits for a command in the background, takes its exports over, and stops it", async () => {
    const command = "echo one; echo 'export FOUND=here'; echo two; sleep 600";

    const printed = await shell.startInBackground(command, (text) => text.includes("two"));

    assert.equal(printed, "one\nexport FOUND=here\ntwo\n");
    assert.equal(await shell.valueOf("FOUND"), "here");
  });

  it("does not wait for a command in the background that ends", async () => {
    await assert.rejects(
      shell.startInBackground("echo one", () => false),
      /echo one ended before it printed what is shown:\none/,
    );
  });
});
