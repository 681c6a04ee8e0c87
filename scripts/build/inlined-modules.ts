import { createRequire } from "node:module";

import type { Metafile, Plugin } from "esbuild";

type Inputs = Metafile["inputs"];

/** What a module may export to say which files are in its values: what esbuild tells of a bundle. */
const INPUTS = "INLINED_INPUTS";

const run: (path: string) => object = createRequire(import.meta.url);

/**
 * Runs each module `*.inlined.ts` while the bundle is built, and puts the values of its exports into the bundle.
 *
 * Such a module may read files, or bundle them: the program does not.
 */
export const inlinedModules: Plugin = {
  name: "inlined-modules",
  setup: (build) => {
    build.onLoad({ filter: /\.inlined\.ts$/ }, ({ path }) => ({ contents: inlined(path), loader: "js" }));
    build.onEnd(({ metafile }) => {
      if (metafile !== undefined) {
        nameInputs(metafile.inputs);
      }
    });
  },
};

/** The values of a module's exports, as a module. */
export function inlined(path: string): string {
  return Object.entries(run(path))
    .filter(([name]) => name !== INPUTS)
    .map(([name, value]: [string, unknown]) => `export const ${name} = ${JSON.stringify(value)};\n`)
    .join("");
}

// Packages of which files are in such values ship as well.
function nameInputs(inputs: Inputs): void {
  for (const path of Object.keys(inputs).filter((file) => file.endsWith(".inlined.ts"))) {
    const { [INPUTS]: parts = {} } = run(`${process.cwd()}/${path}`) as { readonly [INPUTS]?: Inputs };
    Object.assign(inputs, parts);
    const imports = Object.keys(parts).map((part) => ({ path: part, kind: "import-statement" as const }));
    inputs[path]?.imports.push(...imports);
  }
}
