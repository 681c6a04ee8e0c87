import { execFileSync } from "node:child_process";
import { chmodSync, globSync, readFileSync, writeFileSync } from "node:fs";

import { build, type Metafile } from "esbuild";

import { buildLibrary } from "./build/build-library.ts";
import { inlinedModules } from "./build/inlined-modules.ts";

const OUTPUT = "dist/service-provider-ocm.mjs";
const NOTICES = "dist/THIRD-PARTY-NOTICES.txt";

// Some bundled packages are CommonJS and ask for Node's own modules by `require`, which an ES module has to make.
const REQUIRE = 'import { createRequire as bundleCreateRequire } from "node:module";';
const BANNER = `#!/usr/bin/env node\n${REQUIRE}\nconst require = bundleCreateRequire(import.meta.url);`;

process.chdir(new URL("..", import.meta.url).pathname);

const { metafile } = await build({
  entryPoints: ["src/main.ts"],
  outfile: OUTPUT,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node26",
  // Names of classes and functions appear in logs and stack traces.
  keepNames: true,
  sourcemap: "linked",
  // Same sources, same bytes: no contents of other folders, no absolute paths.
  sourcesContent: false,
  legalComments: "eof",
  metafile: true,
  banner: { js: BANNER },
  define: { SERVICE_PROVIDER_OCM_VERSION: JSON.stringify(bundleVersion()) },
  plugins: [inlinedModules],
  logLevel: "warning",
});
chmodSync(OUTPUT, 0o755);
writeFileSync(NOTICES, notices(metafile));
buildLibrary("dist/lib");

/** Names, versions and licence texts of the packages that are in the bundle. */
function notices({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(path) ?? []);
  return [...new Set(folders)]
    .toSorted()
    .map(notice)
    .join(`\n${"-".repeat(80)}\n\n`);
}

function notice(folder: string): string {
  const { name, version, license } = readPackage(folder);
  const texts = globSync(["LICENSE*", "LICENCE*", "license*"], { cwd: folder }).toSorted();
  return [`${name} ${version} (${license})\n`, ...texts.map((file) => readFileSync(`${folder}/${file}`, "utf8"))].join(
    "\n",
  );
}

function readPackage(folder: string): { readonly name: string; readonly version: string; readonly license: string } {
  return JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as ReturnType<typeof readPackage>;
}

/** Version of the VERSION file as semver writes it, and the commit when the tree is a git checkout. */
function bundleVersion(): string {
  const released = readFileSync("VERSION", "utf8").trim().replace(/^v/u, "");
  const commit = describeCommit();
  return commit === "" ? released : `${released}+${commit}`;
}

function describeCommit(): string {
  try {
    // Neither the tags nor the number of objects of a clone may change the bytes of the bundle.
    return execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}
