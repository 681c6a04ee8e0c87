import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { noImage } from "../support/provider-image.ts";
import { LAYOUT } from "../support/image-layout.ts";

describe("the image, built again in another folder", { skip: noImage ?? false }, () => {
  let folder: string;
  before(() => {
    // In the ignored folder of this checkout, so that git finds the same commit.
    folder = mkdtempSync(join("dist", "again-"));
    copyProject(folder);
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  it("has the same digest, whatever the time zone, the language and the mask of files", () => {
    assert.ok(existsSync(`${LAYOUT}/index.json`), "npm run image has to come first");
    const script = 'umask 077 && "$0" scripts/build.ts && "$0" scripts/image.ts';
    const env = { ...process.env, TZ: "Asia/Tokyo", LC_ALL: "tr_TR.UTF-8" };
    execFileSync("sh", ["-c", script, process.execPath], { cwd: folder, env, stdio: ["ignore", "pipe", "inherit"] });

    const [again, first] = [join(folder, LAYOUT), LAYOUT].map((layout) => digestOf(layout));
    assert.deepEqual(readFileSync(join(folder, "dist/program.cjs")), readFileSync("dist/program.cjs"));
    assert.equal(again, first);
  });
});

/** What the build reads. Other tests may write elsewhere meanwhile. */
const SOURCES = ["src", "scripts", "package.json", "package-lock.json", "tsconfig*.json", "VERSION", "LICENSE"];

function copyProject(folder: string): void {
  const args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ...SOURCES];
  const files = execFileSync("git", args, { encoding: "utf8" });
  for (const file of files.split("\0").filter((path) => path !== "" && existsSync(path))) {
    cpSync(file, join(folder, file));
  }
  // Links to the same files: a copy would take minutes, and a link to the folder would show in the paths of the bundle.
  execFileSync("cp", ["-al", "node_modules", join(folder, "node_modules")]);
}

function digestOf(layout: string): string | undefined {
  const { manifests } = JSON.parse(readFileSync(join(layout, "index.json"), "utf8")) as {
    readonly manifests: readonly { readonly digest: string }[];
  };
  return manifests[0]?.digest;
}
