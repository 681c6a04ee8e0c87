import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";

import { aptProblem, launcherScript } from "./apt.ts";

describe("launcherScript", () => {
  it("starts the program with its arguments and its libraries, whatever the folder is called", (t) => {
    const folder = mkdtempSync(join(tmpdir(), "it's a folder-"));
    t.after(() => rmSync(folder, { recursive: true }));
    mkdirSync(join(folder, "usr/bin"), { recursive: true });
    writeFileSync(join(folder, "usr/bin/tool"), '#!/bin/sh\nprintf "%s|" "$LD_LIBRARY_PATH" "$@"\n');
    chmodSync(join(folder, "usr/bin/tool"), 0o755);
    const launcher = join(folder, "run");
    const script = launcherScript({ root: folder, executable: "usr/bin/tool", libraries: ["lib", "usr/lib/x"] });
    writeFileSync(launcher, script, { mode: 0o755 });

    const output = execFileSync(launcher, ["a b", "$c"], { encoding: "utf8", env: { LD_LIBRARY_PATH: "/before" } });

    assert.equal(output, `${folder}/lib:${folder}/usr/lib/x:/before|a b|$c|`);
  });
});

describe("aptProblem", () => {
  it("finds the first error", () => {
    assert.equal(
      aptProblem("Reading package lists...\nE: Unable to locate package x\nE: more"),
      "Unable to locate package x",
    );
    assert.match(aptProblem("Get:1 http://x\nErr:2 http://y\n  404"), /^Err:2/u);
  });

  it("says the whole of what names no error, in one line that stays short", () => {
    assert.equal(aptProblem("spawn apt-get\nENOENT\n"), "spawn apt-get ENOENT");
    assert.equal(aptProblem("x".repeat(1000)).length, 300);
  });
});
