import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { load } from "js-yaml";

// Below dist, which git and the checks ignore, and on the same disk as the packages, which are linked.
const CLONE = join(process.cwd(), "dist/rehearsal");
const VERSION = "v99.0.0";

type Ended = { readonly status: number | null; readonly stdout: string; readonly stderr: string };

function inClone(command: string, ...args: readonly string[]): Ended {
  const path = `${CLONE}/node_modules/.bin:${process.env["PATH"]}`;
  return spawnSync(command, args, { cwd: CLONE, encoding: "utf8", env: { ...process.env, PATH: path } });
}

function npmRun(...args: readonly string[]): Ended {
  return inClone(process.execPath, "--run", ...args);
}

function git(...args: readonly string[]): string {
  const person = ["-c", "user.name=Maintainer", "-c", "user.email=maintainer@example.org"];
  const { status, stdout, stderr } = inClone("git", ...person, ...args);
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

describe("a release, by the steps of RELEASING.md", { concurrency: 1 }, () => {
  before(() => {
    rmSync(CLONE, { recursive: true, force: true });
    execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${process.cwd()}`, CLONE]);
    execFileSync("cp", ["--archive", "--link", "node_modules", CLONE]);
  });

  after(() => rmSync(CLONE, { recursive: true, force: true }));

  it("begins with a version that every file states", () => {
    assert.equal(npmRun("set-version", "--", VERSION).status, 0);

    const changed = git("diff", "--name-only").split("\n");
    for (const file of ["VERSION", "package.json", "package-lock.json", "deploy/service-provider.yaml"]) {
      assert.ok(changed.includes(file), file);
    }
    assert.equal(readFileSync(join(CLONE, "VERSION"), "utf8"), `${VERSION}\n`);
  });

  it("needs notes", () => {
    const { status, stderr } = npmRun("release-notes", "--", VERSION);

    assert.equal(status, 1);
    assert.match(stderr, /expected a heading "## \[99\.0\.0\] - <date>" in the changelog/);
  });

  it("has the notes that stand in the changelog", () => {
    const file = join(CLONE, "CHANGELOG.md");
    const heading = "## [Unreleased]";
    writeFileSync(
      file,
      readFileSync(file, "utf8").replace(heading, `${heading}\n\n## [99.0.0] - 2099-12-31\n\nRehearsed.\n`),
    );

    const { status, stdout } = npmRun("release-notes", "--", VERSION);

    assert.equal(status, 0);
    assert.match(stdout, /^Rehearsed\.$/m);
  });

  it("has an image, SBOMs and a component of that version and commit", () => {
    git("commit", "--quiet", "--all", "--message", `Release ${VERSION}`);
    git("tag", "--message", "rehearsed", VERSION);

    for (const script of ["image", "sbom", "component"]) {
      const { status, stderr } = npmRun(script);
      assert.equal(status, 0, stderr);
    }

    const commit = git("rev-parse", "HEAD");
    const { stdout } = inClone(process.execPath, "dist/service-provider-ocm.mjs", "version");
    assert.equal(stdout, `99.0.0+${commit.slice(0, 12)}\n`);
    const bom = JSON.parse(readFileSync(join(CLONE, "dist/sbom/arm64.cdx.json"), "utf8")) as {
      readonly metadata: { readonly component: { readonly version: string; readonly purl: string } };
    };
    assert.equal(bom.metadata.component.version, "99.0.0");
    assert.ok(bom.metadata.component.purl.endsWith(`&tag=${VERSION}`));
    const { components } = load(readFileSync(join(CLONE, "dist/component/component-constructor.yaml"), "utf8")) as {
      readonly components: readonly [
        { readonly version: string; readonly sources: readonly [{ readonly access: { readonly commit: string } }] },
      ];
    };
    assert.deepEqual([components[0].version, components[0].sources[0].access.commit], [VERSION, commit]);
  });

  it("leaves the clone clean, so that the image says which commit it is of", () => {
    assert.equal(git("status", "--porcelain"), "");
  });
});
