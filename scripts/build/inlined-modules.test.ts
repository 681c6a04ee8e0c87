import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { describe, it, type TestContext } from "node:test";

import { build } from "esbuild";

import { inlinedModules } from "./inlined-modules.ts";

const PART = "node_modules/some-package/part.js";

/** A program with a module that says which files are in its values. Paths of a bundle are below the working directory. */
function program(t: TestContext): string {
  mkdirSync("dist", { recursive: true });
  const folder = mkdtempSync("dist/inlined-modules-");
  t.after(() => rmSync(folder, { recursive: true }));
  const inputs = { [PART]: { bytes: 1, imports: [] } };
  writeFileSync(
    join(folder, "values.inlined.ts"),
    `import { sep } from "node:path";
    export const VALUE: string = "computed" + sep;
    export const INLINED_INPUTS = ${JSON.stringify(inputs)};`,
  );
  writeFileSync(join(folder, "main.ts"), 'import { VALUE } from "./values.inlined.ts"; console.log(VALUE);');
  return folder;
}

describe("inlinedModules", () => {
  it("puts the values into the bundle instead of what computes them, and names the files in them", async (t) => {
    const folder = program(t);

    const { outputFiles, metafile } = await build({
      entryPoints: [join(folder, "main.ts")],
      bundle: true,
      write: false,
      metafile: true,
      platform: "node",
      plugins: [inlinedModules],
    });

    const text = outputFiles[0]?.text ?? "";
    assert.match(text, /"computed\/"/u);
    assert.doesNotMatch(text, /node:path|some-package/u);
    assert.ok(PART in metafile.inputs);
    const { imports = [] } = metafile.inputs[relative(".", join(folder, "values.inlined.ts"))] ?? {};
    assert.deepEqual(
      imports.map(({ path }) => path),
      [PART],
    );
  });
});
