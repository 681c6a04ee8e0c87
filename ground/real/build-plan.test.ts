import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { allBinaries, describeBinary } from "./binary.ts";
import { describeBuild, missingBinaries } from "./build-plan.ts";
import { cachedPath } from "./find-binary.ts";

describe("the plan of a build", () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "build-plan-"));
  });

  after(() => rm(folder, { recursive: true }));

  it("holds what is not in the cache, in the order in which it is built", async () => {
    const env = { SERVICE_PROVIDER_OCM_CACHE: folder };
    const etcd = cachedPath(describeBinary("etcd"), env);
    await mkdir(dirname(etcd), { recursive: true });
    await writeFile(etcd, "");
    await chmod(etcd, 0o755);

    const missing = await missingBinaries(allBinaries, env);

    assert.deepEqual(
      missing.map(({ name }) => name),
      allBinaries.filter((name) => name !== "etcd"),
    );
  });

  it("tells each program, the time that all of them take, and where they are kept", () => {
    const kwok = { ...describeBinary("kwok"), version: "v1.2.3", coldBuildMs: 61_000 };
    const etcd = { ...describeBinary("etcd"), version: "v3.2.1", coldBuildMs: 60_000 };

    const text = describeBuild([etcd, kwok], { SERVICE_PROVIDER_OCM_CACHE: "/cache" });

    assert.match(text, /etcd v3\.2\.1, kwok v1\.2\.3/);
    assert.match(text, /about 3 min .* \/cache$/);
  });

  it("says so when nothing is missing", () => {
    assert.match(describeBuild([], {}), /nothing to build/);
  });
});
