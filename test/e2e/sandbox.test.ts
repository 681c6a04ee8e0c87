import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, rmSync } from "node:fs";
import { after, describe, it } from "node:test";

import { isRunning } from "../../ground/is-running.ts";
import { waitUntil } from "../../ground/wait-until.ts";
import { TROUBLES } from "../../sandbox/trouble.ts";
import { type Child, childrenOf } from "../support/children-of.ts";
import { providerImage } from "../support/provider-image.ts";

const ground = process.env["GROUND"] === "real" ? "real" : "embedded";
const inImage = (await providerImage()) === undefined ? [] : ["--image"];
// What other tests run at this moment must not be built anew under them.
const flags = ["--no-build", ...(ground === "real" ? ["--real"] : [])];
const PROVIDER = /service-provider-ocm\.mjs run /u;

type Run = {
  readonly child: ChildProcess;
  /** Everything that it has written so far. */
  readonly output: () => string;
  /** Resolves with the first match in what it writes; rejects when it ends before. */
  readonly says: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly exited: Promise<unknown>;
};

const sandboxes: ChildProcess[] = [];

/** Starts a sandbox that runs the provider in its image. */
function startSandbox(...args: readonly string[]): Run {
  return startWith(...inImage, ...args);
}

function startWith(...args: readonly string[]): Run {
  const child = spawn(process.execPath, ["sandbox/main.ts", ...flags, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  sandboxes.push(child);
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

/** The provider's process that runs now: the platform starts another one when it ends. */
async function runningProvider({ child }: Run, ended?: number): Promise<number> {
  const isProvider = ({ pid, command }: Child): boolean => pid !== ended && PROVIDER.test(command);
  let found: number | undefined;
  await waitUntil(
    async () => {
      found = startedBy(child).find(isProvider)?.pid;
      return found !== undefined;
    },
    { what: "the provider runs", withinMs: 30_000 },
  );
  return found ?? assert.fail("it runs");
}

function startedBy({ pid }: ChildProcess): readonly Child[] {
  return childrenOf(pid ?? assert.fail("the sandbox has been started"));
}

// Two embedded sandboxes at once must not disturb each other; two real ones would only compete for the machine.
describe(`the sandbox on ${ground} clusters`, { concurrency: ground === "embedded" }, () => {
  // One whose test has failed waits for Ctrl-C.
  after(() => sandboxes.forEach((child) => child.kill("SIGINT")));

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
    const tenants = ground === "real" ? 2 : 1;
    const run = startSandbox("--tenants", String(tenants));
    const folder = await folderOf(run);
    const first = await providerOf(run);
    if (ground === "real") {
      process.kill(first, "SIGKILL");
    }
    const [, kubeconfigPath = ""] = await run.says(/KUBECONFIG=(\S+) .* ocms/);
    await run.says(/Ctrl-C stops everything/);

    const [header, ...rows] = await tableOf(kubeconfigPath, "ocms");
    assert.equal(header, "NAMESPACE NAME VERSION INSTALLED PHASE READY AGE");
    assert.equal(rows.length, tenants);
    const provider = await runningProvider(run, ground === "real" ? first : undefined);
    const started = startedBy(run.child).map(({ pid }) => pid);
    assert.ok(started.includes(provider));
    run.child.kill("SIGINT");

    assert.equal(await run.exited, 0, run.output());
    // What was killed a moment ago may be there for another one.
    await waitUntil(async () => !started.some(isRunning), { what: "all that was started has ended", withinMs: 10_000 });
    assert.equal(existsSync(folder), false);
  });

  if (ground === "embedded") {
    it("plays the lives of several tenants at once, each on a control plane of its own", async () => {
      const run = startSandbox("--once", "--tenants", "3");

      assert.equal(await run.exited, 0, run.output());
      assert.match(run.output(), /ordering control plane mcp-01, control plane mcp-02, control plane mcp-03/);
      assert.match(run.output(), /deleting 3 OCMs/);
    });

    it("brings trouble over some of the tenants, says over whom, and mends them", async () => {
      const run = startSandbox("--once", "--trouble", "--dashboard", "--tenants", "6");
      const [, address = ""] = await run.says(/The tenants, as they change: (http:\S+#token=\S+)/u);
      assert.equal((await fetch(address)).status, 200);

      assert.equal(await run.exited, 0, run.output());
      for (const trouble of TROUBLES) {
        assert.match(run.output(), new RegExp(`^ {2}mcp-0\\d: ${trouble} \\(\\w+\\), in mcp--`, "mu"));
      }
    });

    it("runs the provider of a folder instead, from its first tenant to the last", async () => {
      const run = startWith("--once", "--provider", "examples/hello");

      assert.equal(await run.exited, 0, run.output());
      assert.match(run.output(), /ConfigMap hello {2}Good morning, control plane!/);
      assert.match(run.output(), /deleted → all gone: [\d.]+ s/);
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

async function tableOf(kubeconfigPath: string, resource: string): Promise<readonly string[]> {
  const env = { ...process.env, KUBECONFIG: kubeconfigPath };
  const child = spawn(process.execPath, ["sandbox/get.ts", resource], { env, stdio: ["ignore", "pipe", "inherit"] });
  const text = Buffer.concat(await Array.fromAsync<Buffer>(child.stdout)).toString("utf8");
  return text
    .trim()
    .split("\n")
    .map((line) => line.replaceAll(/ +/g, " ").trim());
}
