import { readFileSync } from "node:fs";

import { build, type BuildOptions, type BuildResult } from "esbuild";

import { buildLibrary } from "./build/build-library.ts";
import { fillCompileCache } from "./build/compile-cache.ts";
import { inlinedModules } from "./build/inlined-modules.ts";
import { notices } from "./build/notices.ts";
import { stateOfSources } from "./build/sources.ts";
import { METAFILE } from "./build/bundled-packages.ts";
import { replaceFile } from "./build/replace-file.ts";

const OUTPUT = "dist/service-provider-ocm.mjs";
const PROGRAM = "dist/program.cjs";
const LEGAL_COMMENTS = ".LEGAL.txt";
const NOTICES = "dist/THIRD-PARTY-NOTICES.txt";

process.chdir(new URL("..", import.meta.url).pathname);

const settings = {
  bundle: true,
  platform: "node",
  target: "node26",
  logLevel: "warning",
  // Somebody may run what was built before.
  write: false,
} satisfies BuildOptions;

const program = await build({
  ...settings,
  entryPoints: ["src/main.ts"],
  outfile: PROGRAM,
  // An ES import of node:http reads all of its exports, and one of them loads Node's own undici.
  format: "cjs",
  // The program is a script of node:vm, which has no import().
  supported: { "dynamic-import": false },
  // V8 keeps the text of the program in memory. Stack traces name its lines, and functions by their names: only those of
  // which there are several get a number. esbuild's keepNames would cost a call for each closure that is made.
  minifyWhitespace: true,
  lineLimit: 120,
  sourcemap: "linked",
  // Same sources, same bytes: no contents of other folders, no absolute paths.
  sourcesContent: false,
  legalComments: "external",
  metafile: true,
  define: { SERVICE_PROVIDER_OCM_VERSION: JSON.stringify(bundleVersion()) },
  plugins: [inlinedModules],
});
const launcher = await build({
  ...settings,
  entryPoints: ["src/launch/launch.ts"],
  outfile: OUTPUT,
  format: "esm",
  banner: { js: "#!/usr/bin/env node" },
});
writeOutputs(program, 0o644);
writeOutputs(launcher, 0o755);
const { inputs } = program.metafile;
replaceFile(NOTICES, notices(Object.keys(inputs), program.outputFiles.find(isLegalComments)?.text ?? ""));
replaceFile(METAFILE, JSON.stringify(program.metafile));
fillCompileCache([process.execPath], "dist");
buildLibrary("dist/lib");

function writeOutputs({ outputFiles = [] }: BuildResult, mode: number): void {
  for (const file of outputFiles.filter((output) => !isLegalComments(output))) {
    replaceFile(file.path, file.contents, mode);
  }
}

function isLegalComments({ path }: { readonly path: string }): boolean {
  return path.endsWith(LEGAL_COMMENTS);
}

/** Version of the VERSION file as semver writes it, and the commit when the tree is a git checkout. */
function bundleVersion(): string {
  const released = readFileSync("VERSION", "utf8").trim().replace(/^v/u, "");
  const commit = stateOfSources();
  return commit === "" ? released : `${released}+${commit}`;
}
