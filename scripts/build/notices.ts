import { globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { packageFolders } from "./bundled-packages.ts";

// Apache-2.0 asks to pass the notice on, beside the licence.
const TEXTS = ["LICENSE*", "LICENCE*", "license*", "licence*", "COPYING*", "NOTICE*"];

type Manifest = { readonly name: string; readonly version: string; readonly license: string };

/** Names, versions and licence texts of the packages that the files at `paths` belong to, and what files say themselves. */
export function notices(paths: readonly string[], legalComments: string): string {
  return [...packageFolders(paths).map((folder) => notice(folder, paths)), legalComments].join(
    `\n${"-".repeat(80)}\n\n`,
  );
}

function notice(folder: string, paths: readonly string[]): string {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as Manifest;
  const texts = licenceFiles(folder, paths);
  if (texts.length === 0) {
    throw new Error(`expected a licence text in ${folder}, found none of ${TEXTS.join(", ")}`);
  }
  return [`${name} ${version} (${license})\n`, ...texts.map((file) => readFileSync(file, "utf8"))].join("\n");
}

/** Packages hold copies of other projects, with the licence beside them: only those of bundled files concern us. */
function licenceFiles(folder: string, paths: readonly string[]): readonly string[] {
  const own = paths.filter((path) => packageFolders([path])[0] === folder);
  return [...new Set([folder, ...own.flatMap((path) => foldersBetween(folder, path))])]
    .flatMap((parent) => globSync(TEXTS, { cwd: parent, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .toSorted();
}

function foldersBetween(top: string, path: string): readonly string[] {
  const folder = dirname(path);
  return folder === top ? [] : [folder, ...foldersBetween(top, folder)];
}
