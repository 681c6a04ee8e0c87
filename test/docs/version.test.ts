import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { parse } from "semver";
import lock from "../../package-lock.json" with { type: "json" };
import manifest from "../../package.json" with { type: "json" };

describe("VERSION", () => {
  const text = readFileSync("VERSION", "utf8");
  const version = text.trim().replace(/^v/, "");

  it("is one line with a semantic version, as a tag is named", () => {
    assert.equal(text, `v${parse(version)?.version}\n`);
  });

  it("can be the tag of an image, which has no build metadata", () => {
    assert.deepEqual(parse(version)?.build, []);
  });

  it("is the version of the package and of its lock file", () => {
    assert.deepEqual([manifest.version, lock.version, lock.packages[""].version], [version, version, version]);
  });
});
