import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { selectSuites, type Suite, suites } from "../../scripts/suites/suites.ts";

const documents = execFileSync("git", ["ls-files", "-z", "*.md", "Taskfile.yaml"], { encoding: "utf8" });

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Record<string, string> };

function matches(file: string, pattern: RegExp): readonly string[] {
  return Array.from(readFileSync(file, "utf8").matchAll(pattern), ([, found]) => found ?? "");
}

describe("the documents", () => {
  for (const file of documents.split("\0").filter(Boolean)) {
    it(`name only npm scripts that exist: ${file}`, () => {
      const named = matches(file, /npm run ([a-z0-9:-]+)/g);

      assert.deepEqual(
        named.filter((name) => scripts[name] === undefined),
        [],
      );
    });
  }
});

/** The suites that an npm script runs. */
function suitesOf(script: string): readonly Suite[] {
  return selectSuites((scripts[script] ?? "").replace(/^.*scripts\/test\.ts /, "").split(" "));
}

describe("the test commands", () => {
  it("need no real server where only npm is asked for", () => {
    assert.ok(suitesOf("test").every(({ ground }) => ground !== "real"));
  });

  it("run every suite between them, and .ci/run calls them as the README gives them", () => {
    const given = ["npm run check", "npm test", "npm run test:real"];

    assert.deepEqual(new Set([...suitesOf("test"), ...suitesOf("test:real")]), new Set(suites));
    assert.deepEqual(matches(".ci/run", /^(npm (?!ci|run audit|run sbom).*) <\/dev\/null$/gm), given);
    assert.deepEqual(
      given.filter((command) => !readFileSync("README.md", "utf8").includes(`$ ${command} `)),
      [],
    );
  });
});

describe("README.md", () => {
  it("shows pictures that exist", () => {
    const pictures = matches("README.md", /(?:src|srcset)="([^"]+)"/g);

    assert.notEqual(pictures.length, 0);
    assert.deepEqual(
      pictures.filter((picture) => !existsSync(picture)),
      [],
    );
  });

  it("shows what it has its readers apply", () => {
    const shown = Array.from(
      readFileSync("README.md", "utf8").matchAll(/\(deploy\/([\w-]+\.yaml)\)[^\n]*:\n\n```yaml\n([\s\S]*?)^```$/gmu),
      ([, name = "", text = ""]) => [name, text] as const,
    );

    assert.deepEqual(
      shown.map(([name]) => name),
      ["service-provider.yaml", "provider-config.yaml", "ocm.yaml"],
    );
    for (const [name, text] of shown) {
      assert.equal(text, readFileSync(`deploy/${name}`, "utf8"));
    }
  });
});

describe("the quality criteria", () => {
  const [, block = ""] = readFileSync("README.md", "utf8").split("## Quality Criteria\n");
  const rows = Array.from(block.split("\n## ")[0]?.matchAll(/^\| ([^|]+) \| +(✅|⚠️|❌) +\| (.+) \|$/gmu) ?? []);

  it("are the platform's eight, each with a proof or with what is missing", () => {
    assert.deepEqual(
      rows.map(([, name = ""]) => name.trim()),
      [
        "Deletion behaviour",
        "Status reporting & error messages",
        "Operation annotations",
        "API stability policy",
        "Custom CA bundle support",
        "Release artifacts (image + OCM)",
        "Testing",
        "Ownership and maintenance docs",
      ],
    );
    for (const [row, , status, proof = ""] of rows) {
      assert.match(proof, status === "✅" ? /\]\(test\/|\]\(docs\// : /\w/u, row);
    }
  });

  it("are claimed no higher than they are met", () => {
    const isMet = rows.every(([, , status]) => status === "✅");
    const [, tier] = /Quality: (\w+)\]/u.exec(block) ?? [];

    assert.equal(isMet ? "Stable" : "Experimental", tier);
  });
});
