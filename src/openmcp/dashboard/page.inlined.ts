import { readFileSync } from "node:fs";

import { buildSync, type Metafile } from "esbuild";

const folder = new URL("page/", import.meta.url);

const built = buildSync({
  entryPoints: [new URL("main.ts", folder).pathname],
  bundle: true,
  minify: true,
  write: false,
  format: "esm",
  platform: "browser",
  target: "es2024",
  charset: "utf8",
  legalComments: "none",
  metafile: true,
});

const style = buildSync({
  entryPoints: [new URL("page.css", folder).pathname],
  minify: true,
  write: false,
  target: ["chrome125", "firefox128", "safari18"],
});

/** Files of the page by path, with their types. Nothing in them depends on who asks. */
export const PAGE_FILES: Readonly<Record<string, { readonly contentType: string; readonly body: string }>> = {
  "/": { contentType: "text/html; charset=utf-8", body: readFileSync(new URL("index.html", folder), "utf8") },
  "/page.js": { contentType: "text/javascript; charset=utf-8", body: built.outputFiles[0]?.text ?? "" },
  "/page.css": { contentType: "text/css; charset=utf-8", body: style.outputFiles[0]?.text ?? "" },
  "/icon.svg": { contentType: "image/svg+xml", body: readFileSync(new URL("icon.svg", folder), "utf8") },
};

/**
 * What is in those files: packages among it ship as well.
 *
 * @public the build reads it
 */
export const INLINED_INPUTS: Metafile["inputs"] = built.metafile.inputs;
