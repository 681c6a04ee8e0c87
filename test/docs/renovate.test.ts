import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { chartVersions } from "../../ground/chart/versions.ts";

type Manager = { readonly managerFilePatterns: readonly string[]; readonly matchStrings: readonly string[] };

const { customManagers } = JSON.parse(readFileSync("renovate.json", "utf8")) as {
  readonly customManagers: readonly Manager[];
};
const files = execFileSync("git", ["ls-files", "-z"], { encoding: "utf8" }).split("\0").filter(Boolean);
const CHART = "ghcr.io/open-component-model/kubernetes/controller/chart";

/** Renovate takes what stands between slashes for a regular expression. */
function isMatched(file: string, { managerFilePatterns }: Manager): boolean {
  return managerFilePatterns.some((pattern) => new RegExp(pattern.replaceAll(/^\/|\/$/g, ""), "u").test(file));
}

/** The versions that Renovate would replace, by file. */
function versionsIn(file: string): readonly string[] {
  const text = readFileSync(file, "utf8");
  return customManagers
    .filter((manager) => isMatched(file, manager))
    .flatMap(({ matchStrings }) => matchStrings)
    .flatMap((pattern) => text.matchAll(new RegExp(pattern, "gu")).toArray())
    .map(({ groups }) => `${groups?.["datasource"]} ${groups?.["depName"]} ${groups?.["currentValue"]}`);
}

describe("renovate.json", () => {
  it("follows the newest version of the chart wherever a line names it", () => {
    const named = files.filter((file) => /renovate: datasource=docker/u.test(readFileSync(file, "utf8")));

    assert.deepEqual(
      named.filter((file) => !file.startsWith("test/")).map((file) => [file, [...new Set(versionsIn(file))]]),
      [
        "README.md",
        "deploy/ocm.yaml",
        "deploy/provider-config-full.yaml",
        "deploy/provider-config.yaml",
        "ground/chart/versions.ts",
      ].map((file) => [file, [`docker ${CHART} ${chartVersions.at(-1)}`]]),
    );
  });
});
