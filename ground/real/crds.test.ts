import assert from "node:assert/strict";
import { execFile, type ExecFileOptions } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { textAt } from "../../sim/value-at.ts";
import type { BinaryName } from "./binary.ts";
import { describeBinary } from "./binary.ts";
import { GO_COMMAND, goEnvironment } from "./go-toolchain.ts";

const COPIES = join(import.meta.dirname, "..", "..", "sim", "crds");
const DOWNLOAD_WITHIN_MS = 30_000;

const PLATFORM = {
  prefix: "",
  module: "github.com/openmcp-project/openmcp-operator/api",
  folder: "crds/manifests",
} as const;

const origins: readonly {
  readonly copies: string;
  readonly prefix: string;
  /** The program whose build decides on the version, or the version. */
  readonly of: BinaryName | `v${string}`;
  readonly module: string;
  readonly folder: string;
}[] = [
  { ...PLATFORM, copies: "openmcp", of: "openmcp-operator" },
  { ...PLATFORM, copies: "openmcp-onboarding", of: "openmcp-operator" },
  { ...PLATFORM, copies: "openmcp-v0.18.1", of: "v0.18.1" },
  {
    copies: "flux",
    prefix: "source.",
    of: "source-controller",
    module: "github.com/fluxcd/source-controller",
    folder: "config/crd/bases",
  },
  {
    copies: "flux",
    prefix: "helm.",
    of: "helm-controller",
    module: "github.com/fluxcd/helm-controller",
    folder: "config/crd/bases",
  },
  {
    copies: "prometheus-operator",
    prefix: "monitoring.",
    of: "v0.85.0",
    module: "github.com/prometheus-operator/prometheus-operator",
    folder: "example/prometheus-operator-crd",
  },
];

void describe("the copied CRDs", () => {
  for (const { copies, prefix, of, module, folder } of origins) {
    void it(`equal those of ${module} in the version ${isVersion(of) ? of : "that is built"}`, async (context) => {
      const moduleFolder = await (isVersion(of) ? downloadedModule(`${module}@${of}`) : cachedModule(of, module));
      if (moduleFolder === undefined) {
        context.skip("the Go module cache does not have it, nor is it there to download");
        return;
      }
      const copied = (await readdir(join(COPIES, copies))).filter((name) => name.startsWith(prefix));
      assert.notEqual(copied.length, 0);
      for (const name of copied) {
        const copy = await readFile(join(COPIES, copies, name), "utf8");
        const original: string = await readFile(join(moduleFolder, folder, name), "utf8");
        assert.equal(copy, original, name);
      }
    });
  }
});

function isVersion(of: BinaryName | `v${string}`): of is `v${string}` {
  return /^v\d/u.test(of);
}

function cachedModule(binary: BinaryName, module: string): Promise<string | undefined> {
  const { folder: cwd } = describeBinary(binary);
  return printed(["list", "-m", "-f", "{{.Dir}}", module], { cwd, env: { ...goEnvironment(), GOPROXY: "off" } });
}

/** Nothing that is built needs it, so nothing else has the cache filled with it. */
async function downloadedModule(version: string): Promise<string | undefined> {
  const options = { cwd: tmpdir(), env: goEnvironment(), timeout: DOWNLOAD_WITHIN_MS };
  const answer = await printed(["mod", "download", "-json", version], options);
  return answer === undefined ? undefined : textAt(JSON.parse(answer), "Dir");
}

async function printed(args: readonly string[], options: ExecFileOptions): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(GO_COMMAND, args, { ...options, encoding: "utf8" });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}
