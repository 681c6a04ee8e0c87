import { execFileSync } from "node:child_process";
import { chmodSync, readFileSync } from "node:fs";

import { build } from "esbuild";

const OUTPUT = "dist/service-provider-ocm.mjs";

// Some bundled packages are CommonJS and ask for Node's own modules by `require`, which an ES module has to make.
const REQUIRE = 'import { createRequire as bundleCreateRequire } from "node:module";';
const BANNER = `#!/usr/bin/env node\n${REQUIRE}\nconst require = bundleCreateRequire(import.meta.url);`;

process.chdir(new URL("..", import.meta.url).pathname);

await build({
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
  banner: { js: BANNER },
  define: { SERVICE_PROVIDER_OCM_VERSION: JSON.stringify(version()) },
  logLevel: "warning",
});
chmodSync(OUTPUT, 0o755);

/** Version of package.json, and the commit when the tree is a git checkout. */
function version(): string {
  const { version: released } = JSON.parse(readFileSync("package.json", "utf8")) as { readonly version: string };
  const commit = describeCommit();
  return commit === "" ? released : `${released}+${commit}`;
}

function describeCommit(): string {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return "";
  }
}
