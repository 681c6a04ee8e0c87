import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";

const documents = execFileSync("git", ["ls-files", "-z", "*.md"], { encoding: "utf8" }).split("\0").filter(Boolean);
const LINK = /\]\(([^)\s]+)\)/gu;
const CODE = /^ *```[\s\S]*?^ *```$/gmu;

/** The fragments of a document's headings, as GitHub makes them. */
function fragmentsOf(file: string): ReadonlySet<string> {
  const headings = readFileSync(file, "utf8")
    .replaceAll(CODE, "")
    .matchAll(/^#+ (.+)$/gmu);
  return new Set(
    Array.from(headings, ([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/\[([^\]]*)\]\([^)]*\)/gu, "$1")
        .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
        .replaceAll(" ", "-"),
    ),
  );
}

/** Links of a document that lead nowhere in this repository. */
function brokenLinks(file: string): readonly string[] {
  const links = Array.from(readFileSync(file, "utf8").replaceAll(CODE, "").matchAll(LINK), ([, link = ""]) => link);
  return links.filter((link) => !/^(?:https?|mailto):/u.test(link) && !leadsSomewhere(file, link));
}

function leadsSomewhere(file: string, link: string): boolean {
  const [path = "", fragment] = link.split("#");
  const target = path === "" ? file : join(dirname(file), path);
  return existsSync(target) && (fragment === undefined || fragmentsOf(target).has(fragment));
}

describe("the documents", () => {
  for (const file of documents) {
    it(`lead to files and headings that exist: ${file}`, () => {
      assert.deepEqual(brokenLinks(file), []);
    });
  }
});

describe("docs/README.md", () => {
  const index = readFileSync("docs/README.md", "utf8");

  it("leads to every page", () => {
    const pages = documents.filter((file) => /^docs\/[^/]+\.md$/u.test(file) && file !== "docs/README.md");

    assert.deepEqual(
      pages.filter((page) => !index.includes(`(${page.replace("docs/", "")}`)),
      [],
    );
  });

  it("names as symptoms only what the status says, word for word", () => {
    const [, symptoms = ""] = index.split("## By symptom");
    const named = Array.from(symptoms.matchAll(/`([A-Z][a-z]+(?:[A-Z][a-z]+)+)`/gu), ([, word = ""]) => word);
    const status = readFileSync("docs/status.md", "utf8");
    const kinds = ["ServiceProvider", "ProviderConfig"];

    assert.ok(named.length > 5);
    assert.deepEqual(
      named.filter((word) => !kinds.includes(word) && !status.includes(`\`${word}\``)),
      [],
    );
  });
});

describe("CODEOWNERS", () => {
  it("gives owners to paths that exist", () => {
    const paths = readFileSync(".github/CODEOWNERS", "utf8").match(/^\/\S+/gmu) ?? [];

    assert.ok(paths.length > 0);
    assert.deepEqual(
      paths.filter((path) => !existsSync(path.slice(1))),
      [],
    );
  });
});
