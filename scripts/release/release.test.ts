import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { releaseNotes } from "./notes.ts";
import { checkTag, isRelease, withImage, withVersion } from "./version.ts";

const CHANGELOG = `# Changelog

## [Unreleased]

## [1.1.0] - 2027-01-02

### Added

- Something.

## [1.0.0]

- Undated.

## [0.9.0] - soon

- Badly dated.

## [0.8.0] - 2026-12-31
`;

describe("releaseNotes", () => {
  it("are what stands between the heading of the version and the next one", () => {
    assert.equal(releaseNotes(CHANGELOG, "v1.1.0"), "### Added\n\n- Something.");
  });

  const refused: readonly (readonly [version: string, complaint: RegExp])[] = [
    ["v2.0.0", /expected a heading "## \[2\.0\.0\] - <date>".* headings for Unreleased, 1\.1\.0, 1\.0\.0/],
    ["v1.0.0", /expected the date of the release behind "## \[1\.0\.0\]", found none/],
    ["v0.9.0", /found soon/],
    ["v0.8.0", /expected what users have to know/],
  ];
  for (const [version, complaint] of refused) {
    it(`refuse ${version}`, () => assert.throws(() => releaseNotes(CHANGELOG, version), complaint));
  }
});

describe("CHANGELOG.md", () => {
  const changelog = readFileSync("CHANGELOG.md", "utf8");
  const version = readFileSync("VERSION", "utf8").trim();

  it("collects what is not released yet at its top", () => {
    assert.match(changelog, /^# Changelog\n\n(?:[^#].*\n|\n)+## \[Unreleased\]\n/);
  });

  it("describes the release that VERSION names", () => {
    assert.ok(!isRelease(version) || releaseNotes(changelog, version).length > 0);
  });

  it("uses the headings that its readers know", () => {
    const kinds = Array.from(changelog.matchAll(/^### (.+)$/gm), ([, kind = ""]) => kind);
    const known = ["Added", "Changed", "Deprecated", "Removed", "Fixed", "Security"];

    assert.deepEqual(
      kinds.filter((kind) => !known.includes(kind)),
      [],
    );
  });
});

describe("a tag", () => {
  it("is released when the file VERSION says the same", () => {
    assert.doesNotThrow(() => checkTag("v1.2.3", "v1.2.3"));
  });

  const refused: readonly (readonly [tag: string, version: string, complaint: RegExp])[] = [
    ["v1.2.3", "v1.2.4", /says, v1\.2\.4, found v1\.2\.3/],
    ["v1.2.3-dev", "v1.2.3-dev", /expected a release in the file VERSION, found v1\.2\.3-dev/],
    ["1.2.3", "1.2.3", /expected a version like v1\.2\.3/],
    ["v1.2.3-rc.1", "v1.2.3-rc.1", /expected a version like/],
    ["v01.2.3", "v01.2.3", /expected a version like/],
  ];
  for (const [tag, version, complaint] of refused) {
    it(`is not released as ${tag} of ${version}`, () => assert.throws(() => checkTag(tag, version), complaint));
  }
});

describe("withVersion", () => {
  it("changes nothing but the version of package.json and of its lock file", () => {
    for (const file of ["package.json", "package-lock.json"]) {
      const text = readFileSync(file, "utf8");
      const { version } = JSON.parse(text) as { readonly version: string };
      const changed = withVersion(text, "v99.0.0");

      assert.equal(changed.split('"version": "99.0.0"').length - 1, file === "package.json" ? 1 : 2);
      assert.equal(withVersion(changed, version), text);
    }
  });
});

describe("withImage", () => {
  it("changes the version of the provider's image, and of nothing else", () => {
    const text =
      "image: ghcr.io/o/images/service-provider-ocm:v0.5.0-dev\nversion: 0.16.0\n# …/service-provider-ocm:v1\n";

    assert.equal(withImage(text, "v1.2.3"), text.replace("v0.5.0-dev", "v1.2.3"));
  });

  it("finds an image in the README and in both ServiceProviders", () => {
    for (const file of ["README.md", "deploy/service-provider.yaml", "deploy/service-provider-production.yaml"]) {
      assert.match(withImage(readFileSync(file, "utf8"), "v9.9.9"), /images\/service-provider-ocm:v9\.9\.9$/mu);
    }
  });
});
