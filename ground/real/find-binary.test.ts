import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import type { Binary } from "./binary.ts";
import { ensureBinaries } from "./ensure-binaries.ts";
import { cachedPath, findBinary } from "./find-binary.ts";

const etcd: Binary = {
  name: "etcd",
  version: "v1.2.3",
  folder: "/",
  goPackage: "example.org/etcd",
  linkerFlags: "",
  coldBuildMs: 0,
};

void describe("the search for a binary", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "binaries-"));
  });

  after(() => rm(folder, { recursive: true }));

  void it("prefers KUBEBUILDER_ASSETS to the cache", async () => {
    const env = { KUBEBUILDER_ASSETS: join(folder, "assets"), SERVICE_PROVIDER_OCM_CACHE: join(folder, "cache") };
    await writeProgram(cachedPath(etcd, env), 0o755);
    assert.equal(await findBinary(etcd, env), join(folder, "cache", "bin", "etcd-v1.2.3"));

    await writeProgram(join(env.KUBEBUILDER_ASSETS, "etcd"), 0o755);

    assert.equal(await findBinary(etcd, env), join(folder, "assets", "etcd"));
  });

  void it("does not take a file that cannot be executed, nor another version", async () => {
    const env = { SERVICE_PROVIDER_OCM_CACHE: join(folder, "other") };
    await writeProgram(join(folder, "other", "bin", "etcd-v1.2.4"), 0o755);
    await writeProgram(join(folder, "other", "bin", "etcd-v1.2.3"), 0o644);

    assert.equal(await findBinary(etcd, env), undefined);
  });

  void it("uses the cache folder of its own variable, of XDG, or of the home", () => {
    const path = "bin/etcd-v1.2.3";

    assert.equal(cachedPath(etcd, { SERVICE_PROVIDER_OCM_CACHE: "/own", XDG_CACHE_HOME: "/xdg" }), `/own/${path}`);
    assert.equal(cachedPath(etcd, { XDG_CACHE_HOME: "/xdg" }), `/xdg/service-provider-ocm/${path}`);
    assert.equal(cachedPath(etcd, {}), join(homedir(), ".cache/service-provider-ocm", path));
  });

  void it("says nothing and builds nothing when everything is there", async () => {
    const env = { KUBEBUILDER_ASSETS: join(folder, "complete") };
    await writeProgram(join(folder, "complete", "etcd"), 0o755);
    const lines: string[] = [];

    const paths = await ensureBinaries(["etcd"], { env, onProgress: (line) => lines.push(line) });

    assert.deepEqual(paths, { etcd: join(folder, "complete", "etcd") });
    assert.deepEqual(lines, []);
  });
});

async function writeProgram(path: string, mode: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, "", { mode });
}
