import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { describe, it } from "node:test";

const ground = process.env["GROUND"] === "real" ? "real" : "embedded";
const flags = ground === "real" ? ["--real"] : [];

type Run = {
  readonly child: ChildProcess;
  /** Everything that it has written so far. */
  readonly output: () => string;
  /** Resolves with the first match in what it writes; rejects when it ends before. */
  readonly says: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly exited: Promise<unknown>;
};

function startSandbox(...args: readonly string[]): Run {
  const child = spawn(process.execPath, ["sandbox/main.ts", ...flags, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let written = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      written += text;
      child.emit("written");
    });
  }
  const exited = once(child, "close").then(([code, signal]: unknown[]) => code ?? signal);
  const says = async (pattern: RegExp): Promise<RegExpMatchArray> => {
    for (;;) {
      const match = written.match(pattern);
      if (match !== null) {
        return match;
      }
      const end = await Promise.race([once(child, "written").then(() => undefined), exited]);
      assert.equal(end, undefined, `the sandbox ended before it said ${pattern.source}:\n${written}`);
    }
  };
  return { child, output: () => written, says, exited };
}

async function folderOf({ says }: Run): Promise<string> {
  const [, folder = ""] = await says(/clusters in (\S+)/);
  return folder;
}

async function providerOf({ says }: Run): Promise<number> {
  const [, pid] = await says(/the provider runs \(pid (\d+)/);
  return Number(pid);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// Two embedded sandboxes at once must not disturb each other; two real ones would only compete for the machine.
describe(`the sandbox on ${ground} clusters`, { concurrency: ground === "embedded" }, () => {
  it("creates, upgrades and deletes a tenant with --once, and leaves nothing behind", async () => {
    const run = startSandbox("--once");
    const folder = await folderOf(run);
    const provider = await providerOf(run);

    assert.equal(await run.exited, 0, run.output());
    assert.match(run.output(), /OCM created → HelmRelease created: [\d.]+ s → Ready: [\d.]+ s/);
    assert.match(run.output(), /version changed → Ready: [\d.]+ s/);
    assert.match(run.output(), /deleted → all gone: [\d.]+ s/);
    assert.equal(isRunning(provider), false);
    assert.equal(existsSync(folder), false);
  });

  it("stays until Ctrl-C, says how to look around, and then stops what it started", async () => {
    const run = startSandbox();
    const folder = await folderOf(run);
    const provider = await providerOf(run);
    if (ground === "real") {
      // The platform starts it again.
      process.kill(provider, "SIGKILL");
    }
    const [, kubeconfigPath = ""] = await run.says(/KUBECONFIG=(\S+) .* ocms/);
    await run.says(/Ctrl-C stops everything/);

    assert.equal(await tableOf(kubeconfigPath, "ocms"), "NAMESPACE NAME VERSION INSTALLED PHASE READY AGE");
    run.child.kill("SIGINT");

    assert.equal(await run.exited, 0, run.output());
    assert.equal(isRunning(provider), false);
    assert.equal(existsSync(folder), false);
  });

  if (ground === "embedded") {
    it("plays the lives of several tenants at once, each on a control plane of its own", async () => {
      const run = startSandbox("--once", "--tenants", "3");

      assert.equal(await run.exited, 0, run.output());
      assert.match(run.output(), /ordering control plane mcp-01, control plane mcp-02, control plane mcp-03/);
      assert.match(run.output(), /deleting 3 OCMs/);
    });

    it("fails, says what it expected and keeps the logs when the provider dies", async () => {
      const run = startSandbox("--once");
      const folder = await folderOf(run);
      process.kill(await providerOf(run), "SIGKILL");

      assert.equal(await run.exited, 1, run.output());
      assert.match(run.output(), /expected the provider to keep running, found that it ended with SIGKILL/);
      assert.match(run.output(), /Logs and kubeconfigs are in /);
      assert.equal(existsSync(`${folder}/logs`), true);
      rmSync(folder, { recursive: true });
    });
  }
});

async function tableOf(kubeconfigPath: string, resource: string): Promise<string> {
  const env = { ...process.env, KUBECONFIG: kubeconfigPath };
  const child = spawn(process.execPath, ["sandbox/get.ts", resource], { env, stdio: ["ignore", "pipe", "inherit"] });
  const text = Buffer.concat(await Array.fromAsync<Buffer>(child.stdout)).toString("utf8");
  const [header = ""] = text.split("\n");
  return header.replaceAll(/ +/g, " ").trim();
}
