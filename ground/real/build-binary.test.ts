import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { Binary } from "./binary.ts";
import { buildBinary } from "./build-binary.ts";
import { ensureBinaries } from "./ensure-binaries.ts";
import { isRunning } from "../is-running.ts";
import { waitUntil } from "../wait-until.ts";

/** A `go` that finds the file to write behind `-o` as the real one does. */
const GO = `#!/bin/sh
if [ "$1" = env ]; then echo "$FAKE_GO_VERSION"; exit; fi
while [ "$1" != -o ]; do shift; done
printf program > "$2"
chmod 755 "$2"
eval "$FAKE_GO_BUILD"
`;

void describe("building a binary", () => {
  const path = process.env["PATH"] ?? "";
  let folder: string;
  let target: string;
  let binary: Binary;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "build-"));
    await mkdir(join(folder, "go"));
    await writeFile(join(folder, "go", "go"), GO, { mode: 0o755 });
  });

  beforeEach(async () => {
    process.env["PATH"] = `${join(folder, "go")}:${path}`;
    process.env["FAKE_GO_VERSION"] = "go1.26.0";
    process.env["FAKE_GO_BUILD"] = "exit 0";
    binary = {
      name: "etcd",
      version: "v1.2.3",
      folder,
      goPackage: "example.org/etcd",
      linkerFlags: "",
      coldBuildMs: 0,
    };
    target = join(await mkdtemp(join(folder, "cache-")), "etcd-v1.2.3");
  });

  after(() => rm(folder, { recursive: true }));

  void it("puts the complete program in its place", async () => {
    await buildBinary(binary, target, new AbortController().signal);

    assert.equal(await readFile(target, "utf8"), "program");
    assert.deepEqual(await readdir(join(target, "..")), ["etcd-v1.2.3"]);
  });

  void it("leaves nothing behind and shows the compiler's words when the build fails", async () => {
    process.env["FAKE_GO_BUILD"] = "echo undefined: frobnicate >&2; exit 1";

    const build = buildBinary(binary, target, new AbortController().signal);

    await assert.rejects(build, /cannot build etcd v1\.2\.3: go exited with 1\nundefined: frobnicate/u);
    assert.deepEqual(await readdir(join(target, "..")), []);
  });

  void it("ends what the compiler has started when it is interrupted, and leaves nothing behind", async () => {
    const pidPath = join(target, "..", "..", "pid");
    process.env["FAKE_GO_BUILD"] = `sleep 600 & echo $! > ${pidPath}.part; mv ${pidPath}.part ${pidPath}; wait`;
    const stop = new AbortController();
    const build = buildBinary(binary, target, stop.signal);
    await waitUntil(async () => (await stat(pidPath)).isFile(), { what: "the compiler runs", withinMs: 10_000 });
    const compiler = Number(await readFile(pidPath, "utf8"));

    stop.abort(new Error("interrupted"));

    await assert.rejects(build, /interrupted/u);
    await waitUntil(() => Promise.resolve(!isRunning(compiler)), { what: "the compiler ends", withinMs: 10_000 });
    assert.deepEqual(await readdir(join(target, "..")), []);
  });

  void it("reports which of how many is built", async () => {
    const lines: string[] = [];
    const env = { SERVICE_PROVIDER_OCM_CACHE: join(target, "..") };

    await ensureBinaries(["etcd", "kwok"], { env, onProgress: (line) => lines.push(line) });

    assert.match(lines.join("\n"), /^\[1\/2\] etcd v[\d.]+: done in \d+ s$/mu);
    assert.match(lines.join("\n"), /^\[2\/2\] kwok v[\d.]+: done in \d+ s$/mu);
  });

  for (const [situation, prepare] of [
    ["is too old", () => (process.env["FAKE_GO_VERSION"] = "go1.22.1")],
    ["is missing", () => (process.env["PATH"] = "/nowhere")],
  ] as const) {
    void it(`says what to do when Go ${situation}`, async () => {
      prepare();

      const attempt = ensureBinaries(["etcd"], { env: { SERVICE_PROVIDER_OCM_CACHE: join(target, "..") } });

      await assert.rejects(attempt, /expected .*1\.26.*install it from/u);
    });
  }
});
