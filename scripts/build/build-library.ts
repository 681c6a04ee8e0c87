import { execFileSync } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { inlined } from "./inlined-modules.ts";

const COMPILER = "node_modules/typescript/bin/tsc";

/**
 * Compiles the public entries, and all that they import, into `folder`: JavaScript and declarations.
 *
 * Files that stay the same are not touched: another process may read them at this moment.
 */
export function buildLibrary(folder: string): void {
  mkdirSync(dirname(folder), { recursive: true });
  const fresh = mkdtempSync(`${folder}-`);
  execFileSync(process.execPath, [COMPILER, "-p", "tsconfig.lib.json", "--outDir", fresh], { stdio: "inherit" });
  for (const file of globSync("**/*.inlined.js", { cwd: fresh })) {
    writeFileSync(join(fresh, file), inlined(resolve("src", file.replace(/\.js$/u, ".ts"))));
  }
  const files = filesIn(fresh);
  for (const file of filesIn(folder).filter((old) => !files.includes(old))) {
    rmSync(join(folder, file));
  }
  for (const file of files.filter((name) => !isSame(join(fresh, name), join(folder, name)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    renameSync(join(fresh, file), join(folder, file));
  }
  rmSync(fresh, { recursive: true });
}

function filesIn(folder: string): readonly string[] {
  return globSync("**/*.{js,ts}", { cwd: folder });
}

function isSame(one: string, other: string): boolean {
  return existsSync(other) && readFileSync(one).equals(readFileSync(other));
}
