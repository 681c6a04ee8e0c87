import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";

import { fillCompileCache } from "../../scripts/build/compile-cache.ts";
import { compileProgram } from "../../src/launch/program.ts";

const ENTRY = "service-provider-ocm.mjs";

function versionOf(folder: string): string {
  return execFileSync(process.execPath, [join(folder, ENTRY), "version"], { encoding: "utf8" }).trim();
}

// In a process of its own, as V8 also remembers what it has compiled in this one.
function isFromCache(folder: string): boolean {
  const look = `import { compileProgram } from "./src/launch/program.ts";
    console.log(compileProgram(${JSON.stringify(folder)}).isFromCache);`;
  const output = execFileSync(process.execPath, ["--input-type=module", "--eval", look], { encoding: "utf8" });
  return output === "true\n";
}

function cacheOf(folder: string): Buffer {
  return readFileSync(compileProgram(folder).cachePath);
}

describe("the compile cache of the shipped program", () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "compile-cache-"));
    for (const file of [ENTRY, "program.cjs", "compile-cache"]) {
      cpSync(join("dist", file), join(folder, file), { recursive: true });
    }
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("has the code of the program, wherever that lies", () => {
    assert.equal(isFromCache(folder), true);
  });

  it("belongs to a program in ASCII, of which V8 keeps one byte for each character", () => {
    const [character] = /[^\0-\x7f].*/u.exec(readFileSync("dist/program.cjs", "utf8")) ?? [];

    assert.equal(character, undefined);
  });

  it("is the same wherever it is made", () => {
    fillCompileCache([process.execPath], folder);

    const made = cacheOf(folder);
    assert.ok(made.equals(cacheOf("dist")), "the bytes differ");
  });

  it("is only read by the program", () => {
    rmSync(compileProgram(folder).cachePath);

    assert.equal(versionOf(folder), versionOf("dist"));
    assert.equal(isFromCache(folder), false);
  });

  it("is not used for another program, not even one of the same length", () => {
    const path = join(folder, "program.cjs");
    const version = versionOf(folder);
    const other = version.replace(/^\d/u, (digit) => (digit === "9" ? "8" : "9"));
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(version, other));

    assert.equal(versionOf(folder), other);
    assert.equal(isFromCache(folder), false);
  });

  for (const { name, damage } of [
    { name: "has been cut off", damage: (cache: Buffer) => cache.subarray(0, cache.length / 2) },
    { name: "has a wrong bit", damage: (cache: Buffer) => cache.fill((cache[700_000] ?? 0) ^ 1, 700_000, 700_001) },
    { name: "is empty", damage: () => Buffer.of() },
  ]) {
    it(`is not used when it ${name}`, () => {
      writeFileSync(compileProgram(folder).cachePath, damage(cacheOf(folder)));

      assert.equal(isFromCache(folder), false);
      assert.equal(versionOf(folder), versionOf("dist"));
    });
  }
});

describe("the start of the shipped program", () => {
  it("does not load the client of Node's own fetch", () => {
    const tell = "process.on('exit', () => console.log(process.moduleLoadList.join()))";
    const { stdout: loaded, status } = spawnSync(
      process.execPath,
      [
        "--import",
        `data:text/javascript,${encodeURIComponent(tell)}`,
        join("dist", ENTRY),
        "run",
        "--provider-name=ocm",
        "--kubeconfig=missing",
      ],
      { encoding: "utf8" },
    );

    assert.equal(status, 1, "`run` has everything loaded when it misses its kubeconfig");
    assert.match(loaded, /NativeModule https?\b/u);
    assert.doesNotMatch(loaded, /deps\/undici/u);
  });
});
