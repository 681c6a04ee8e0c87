import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { notices } from "./notices.ts";

function manifest(name: string): string {
  return JSON.stringify({ name, version: "1.0.0", license: "MIT" });
}

describe("notices", () => {
  let root: string;

  beforeEach(() => {
    root = join(mkdtempSync(join(tmpdir(), "notices-")), "node_modules");
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function write(files: Readonly<Record<string, string>>): void {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(root, path, ".."), { recursive: true });
      writeFileSync(join(root, path), text);
    }
  }

  it("hold licence and notice of each package once, with its name and version", () => {
    write({
      "one/package.json": manifest("one"),
      "one/LICENSE": "licence of one",
      "one/NOTICE": "notice of one",
      "@scope/two/package.json": manifest("@scope/two"),
      "@scope/two/license.md": "licence of two",
    });

    const text = notices(
      [`${root}/one/a.js`, `${root}/one/b.js`, `${root}/@scope/two/lib/c.js`, "src/main.ts"],
      "comments",
    );

    const [two, one, comments, ...others] = text.split("-".repeat(80)).map((part) => part.trim());
    assert.equal(two, "@scope/two 1.0.0 (MIT)\n\nlicence of two");
    assert.equal(one, "one 1.0.0 (MIT)\n\nlicence of one\nnotice of one");
    assert.deepEqual([comments, ...others], ["comments"]);
  });

  it("hold the licence of what a package has copied, where that is bundled", () => {
    write({
      "one/package.json": manifest("one"),
      "one/LICENSE": "licence of one",
      "one/lib/parser/LICENSE.md": "licence of the parser",
      "one/lib/unused/LICENSE.md": "licence of what is not bundled",
      "one/node_modules/three/package.json": manifest("three"),
      "one/node_modules/three/LICENSE": "licence of three",
    });

    const text = notices(
      [`${root}/one/a.js`, `${root}/one/lib/parser/wasm/p.js`, `${root}/one/node_modules/three/t.js`],
      "",
    );

    assert.deepEqual(text.match(/licence of .*/g), ["licence of one", "licence of the parser", "licence of three"]);
  });

  it("are refused for a package without a licence text", () => {
    write({ "one/package.json": manifest("one") });

    assert.throws(() => notices([`${root}/one/a.js`], ""), /expected a licence text in .*one, found none of LICENSE\*/);
  });
});
