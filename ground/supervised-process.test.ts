import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { isRunning } from "./is-running.ts";
import { logTail } from "./log-tail.ts";
import { startProcess } from "./supervised-process.ts";
import { waitUntil } from "./wait-until.ts";

const OWNER = `
  import { startProcess } from ${JSON.stringify(join(import.meta.dirname, "supervised-process.ts"))};
  const child = await startProcess({ name: "sleeper", path: "/bin/sleep", args: ["600"], logPath: process.argv[1] });
  process.stdout.write(String(child.pid));
`;

void describe("a supervised process", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "supervised-"));
  });

  after(() => rm(folder, { recursive: true }));

  void it("is gone after stop, which may be called twice", async () => {
    const sleeper = await startProcess({ ...sleeping(), logPath: join(folder, "stop.log") });

    await sleeper.stop();
    await sleeper.stop();

    assert.equal(isRunning(sleeper.pid), false);
  });

  void it("is forced to end when it ignores the request to", async () => {
    const logPath = join(folder, "stubborn.log");
    const stubborn = await startProcess({
      name: "stubborn",
      path: "/bin/sh",
      args: ["-c", "trap '' TERM; echo deaf; while :; do sleep 600; done"],
      logPath,
      stopWithinMs: 1,
      isReady: async () => (await logTail(logPath)) === "deaf",
    });

    await stubborn.stop();

    assert.equal(isRunning(stubborn.pid), false);
  });

  void it("shows the end of its log when it does not become ready", async () => {
    const failing = startProcess({
      name: "failing",
      path: "/bin/sh",
      args: ["-c", "echo the address is taken; exit 1"],
      logPath: join(folder, "failing.log"),
      isReady: () => Promise.resolve(false),
    });

    await assert.rejects(failing, /cannot start failing.*\nthe address is taken/u);
  });

  void it("says so when the program does not exist", async () => {
    const missing = startProcess({ name: "missing", path: "/nowhere", args: [], logPath: join(folder, "missing.log") });

    await assert.rejects(missing, /cannot start missing: \/nowhere cannot be executed/u);
  });

  void it("ends with its owner even when the owner is killed", async () => {
    const owner = spawn(process.execPath, ["--input-type=module", "-e", OWNER, join(folder, "orphan.log")]);
    const [output] = (await once(owner.stdout, "data")) as [Buffer];
    const pid = Number(output.toString());
    assert.equal(isRunning(pid), true);

    owner.kill("SIGKILL");

    await waitUntil(() => Promise.resolve(!isRunning(pid)), { what: "the orphan is gone", withinMs: 10_000 });
  });
});

function sleeping(): { name: string; path: string; args: string[] } {
  return { name: "sleeper", path: "/bin/sleep", args: ["600"] };
}
