import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";

type Manifest = Readonly<
  Record<"dependencies" | "devDependencies" | "optionalDependencies", Readonly<Record<string, string>>>
>;

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const groups = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies];
const record = readFileSync("docs/decisions/dependencies.md", "utf8");

describe("docs/decisions/dependencies.md", () => {
  it("gives the reason for every dependency, in the order of package.json's groups, and for nothing else", () => {
    const sections = record.split("\n## ").slice(1);
    const explained = sections.map((section) => Array.from(section.matchAll(/^\| `(.+?)`/gm), ([, name = ""]) => name));

    assert.deepEqual(
      explained.map((names) => names.toSorted()),
      groups.map((group) => Object.keys(group).toSorted()),
    );
  });
});

describe("package.json", () => {
  it("pins every dependency to one version", () => {
    const versions = groups.flatMap((group) => Object.values(group));

    assert.deepEqual(
      versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(version)),
      [],
    );
  });
});
