import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";

/** What a process of its own finds: PATH and cache come from the environment. */
function find(env: Readonly<Record<string, string>>): unknown {
  const module = new URL("debian-program.ts", import.meta.url).href;
  const script = `import { debianProgram } from ${JSON.stringify(module)};
    process.stdout.write(JSON.stringify(await debianProgram("promtool")));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", script], { env, encoding: "utf8" });
  return JSON.parse(output);
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "debian-program-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

describe("debianProgram", () => {
  it("takes the one on the PATH", (t) => {
    const folder = temporaryFolder(t);
    writeFileSync(join(folder, "promtool"), "#!/bin/sh\n", { mode: 0o755 });

    assert.deepEqual(find({ PATH: folder, SERVICE_PROVIDER_OCM_CACHE: folder }), { path: join(folder, "promtool") });
  });

  it("takes the one that was unpacked before", (t) => {
    const folder = temporaryFolder(t);
    mkdirSync(join(folder, "debian"));
    const launcher = join(folder, "debian/run-promtool+prometheus");
    writeFileSync(launcher, "#!/bin/sh\n", { mode: 0o755 });

    assert.deepEqual(find({ PATH: "/nowhere", SERVICE_PROVIDER_OCM_CACHE: folder }), { path: launcher });
  });

  it("says why there is none, and believes that for a while", (t) => {
    const folder = temporaryFolder(t);
    const problem = /promtool is not on the PATH and could not be unpacked .*apt-get/u;

    const first = find({ PATH: "/nowhere", SERVICE_PROVIDER_OCM_CACHE: folder });
    assert.match(JSON.stringify(first), problem);
    assert.deepEqual(find({ PATH: "/nowhere", SERVICE_PROVIDER_OCM_CACHE: folder }), first);
  });
});
