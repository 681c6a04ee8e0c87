import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";

const ENTRIES = globSync("src/*/index.ts").toSorted();
const EXPORTED = /export (?:type )?\{([^}]+)\} from "\.\/([^"]+)"/g;

function namesIn(entry: string): readonly (readonly [name: string, file: string])[] {
  return Array.from(readFileSync(entry, "utf8").matchAll(EXPORTED)).flatMap(([, names = "", file = ""]) =>
    names.split(",").flatMap((name) => {
      const trimmed = name.trim().replace(/^type /, "");
      return trimmed === "" ? [] : [[trimmed, join(dirname(entry), file)] as const];
    }),
  );
}

function isDocumented(name: string, file: string): boolean {
  const declaration = new RegExp(`\\*/\\n(?://.*\\n)?export (?:type|class|const|function|async function) ${name}\\b`);
  return declaration.test(readFileSync(file, "utf8"));
}

describe("the public entries", () => {
  it("are those that package.json exports and the library build compiles", () => {
    const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
      readonly exports: Readonly<Record<string, string>>;
    };
    const { files } = JSON.parse(readFileSync("tsconfig.lib.json", "utf8")) as { readonly files: readonly string[] };
    const built = ENTRIES.map((entry) => entry.replace(/^src/, "./dist/lib").replace(/\.ts$/, ".js"));

    assert.deepEqual(Object.values(exports).toSorted(), [...built, "./package.json"]);
    assert.deepEqual(files.toSorted(), ENTRIES);
  });

  for (const entry of ENTRIES) {
    it(`say of each name what it promises: ${entry}`, () => {
      const names = namesIn(entry);

      assert.ok(names.length > 10);
      assert.deepEqual(
        names.filter(([name, file]) => !isDocumented(name, file)),
        [],
      );
    });
  }
});
