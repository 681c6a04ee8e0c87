import { createRequire } from "node:module";

import type { Plugin } from "esbuild";

/**
 * Runs each module `*.inlined.ts` while the bundle is built, and puts the values of its exports into the bundle.
 *
 * Such a module may read files: the bundle does not.
 */
export const inlinedModules: Plugin = {
  name: "inlined-modules",
  setup: (build) => {
    const run = createRequire(import.meta.url);
    build.onLoad({ filter: /\.inlined\.ts$/ }, ({ path }) => ({
      contents: Object.entries(run(path) as object)
        .map(toExport)
        .join("\n"),
      loader: "js",
    }));
  },
};

function toExport([name, value]: [string, unknown]): string {
  return `export const ${name} = ${JSON.stringify(value)};`;
}
