import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { selectSuites, type Suite, suites } from "../../scripts/suites/suites.ts";
import { flags } from "../../src/openmcp/program/flags.ts";
import { providerConfigCrds } from "../../src/ocm/api/crds.inlined.ts";

const documents = ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/status.md", "Taskfile.yaml"];
type SpecSchema = { readonly properties: { readonly versions: { readonly items: { readonly properties: object } } } };

const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Record<string, string> };

function matches(file: string, pattern: RegExp): readonly string[] {
  return Array.from(readFileSync(file, "utf8").matchAll(pattern), ([, found]) => found ?? "");
}

describe("the documents", () => {
  for (const file of documents) {
    it(`name only npm scripts that exist: ${file}`, () => {
      const named = matches(file, /npm run ([a-z0-9:]+)/g);

      assert.deepEqual(
        named.filter((name) => scripts[name] === undefined),
        [],
      );
    });

    it(`link only to files that exist: ${file}`, () => {
      const linked = matches(file, /\]\((?!https?:)([^)#]+)/g);

      assert.deepEqual(
        linked.filter((path) => !existsSync(new URL(path, new URL(`../../${file}`, import.meta.url)))),
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
    assert.deepEqual(matches(".ci/run", /^(npm (?!ci).*) <\/dev\/null$/gm), given);
    assert.deepEqual(
      given.filter((command) => !readFileSync("README.md", "utf8").includes(`$ ${command} `)),
      [],
    );
  });
});

describe("README.md", () => {
  it("starts with the two commands", () => {
    const [first] = matches("README.md", /```console\n([^`]+)```/g);

    assert.match(first ?? "", /^\$ npm ci && npm run sandbox .*\n\$ npm ci && npm test .*\n$/);
  });

  it("explains every field of a ProviderConfig and no other", () => {
    const spec = providerConfigCrds[0]?.spec.versions[0]?.schema.openAPIV3Schema.properties.spec as SpecSchema;
    const ofEntry = spec.properties.versions.items.properties;

    for (const [heading, fields] of [
      ["| field of `spec` ", spec.properties],
      ["| field of an entry ", ofEntry],
    ] as const) {
      const [, table = ""] = readFileSync("README.md", "utf8").split(heading);
      const [rows = ""] = table.split("\n\n");
      const explained = Array.from(rows.matchAll(/^\| `(\w+)`/gm), ([, name = ""]) => name);

      assert.deepEqual(explained.toSorted(), Object.keys(fields).toSorted());
    }
  });

  it("explains every flag and no other", () => {
    const rows = matches("README.md", /^\| ((?:`-[^|]+)+)\|/gm);
    const explained = rows.flatMap((row) => Array.from(row.matchAll(/--([a-z0-9-]+)/g), ([, name = ""]) => name));

    assert.deepEqual(explained.toSorted(), flags.map(({ name }) => name).toSorted());
  });
});
