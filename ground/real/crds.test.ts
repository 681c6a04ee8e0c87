import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import type { BinaryName } from "./binary.ts";
import { describeBinary } from "./binary.ts";
import { goEnvironment } from "./go-toolchain.ts";

const COPIES = join(import.meta.dirname, "..", "..", "sim", "crds");

const origins: readonly {
  readonly copies: string;
  readonly prefix: string;
  readonly binary: BinaryName;
  readonly module: string;
  readonly folder: string;
}[] = [
  {
    copies: "openmcp",
    prefix: "",
    binary: "openmcp-operator",
    module: "github.com/openmcp-project/openmcp-operator/api",
    folder: "crds/manifests",
  },
  {
    copies: "flux",
    prefix: "source.",
    binary: "source-controller",
    module: "github.com/fluxcd/source-controller",
    folder: "config/crd/bases",
  },
  {
    copies: "flux",
    prefix: "helm.",
    binary: "helm-controller",
    module: "github.com/fluxcd/helm-controller",
    folder: "config/crd/bases",
  },
];

void describe("the copied CRDs", () => {
  for (const { copies, prefix, binary, module, folder } of origins) {
    void it(`equal those of ${module} in the version that is built`, async (context) => {
      const moduleFolder = await cachedModule(binary, module);
      if (moduleFolder === undefined) {
        context.skip("the Go module cache does not have it");
        return;
      }
      const names = (await readdir(join(COPIES, copies))).filter((name) => name.startsWith(prefix));
      assert.notEqual(names.length, 0);
      for (const name of names) {
        const copy = await readFile(join(COPIES, copies, name), "utf8");
        const original: string = await readFile(join(moduleFolder, folder, name), "utf8");
        assert.equal(copy, original, name);
      }
    });
  }
});

async function cachedModule(binary: BinaryName, module: string): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)("go", ["list", "-m", "-f", "{{.Dir}}", module], {
      cwd: describeBinary(binary).folder,
      env: { ...goEnvironment(), GOPROXY: "off" },
    });
    return stdout.trim() === "" ? undefined : stdout.trim();
  } catch {
    return undefined;
  }
}
