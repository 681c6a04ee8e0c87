import { readFileSync } from "node:fs";

/** What esbuild tells of a bundle: the files that went in. */
export const METAFILE = "dist/metafile.json";

type Metafile = { readonly inputs: Readonly<Record<string, unknown>> };

/** A package of which files are in the bundle. */
export type BundledPackage = { readonly name: string; readonly version: string };

/** Lists the packages that are in the bundle. The program must have been built. */
export function bundledPackages(): readonly BundledPackage[] {
  const { inputs } = JSON.parse(readFileSync(METAFILE, "utf8")) as Metafile;
  return packageFolders(Object.keys(inputs)).map((folder) => {
    const { name, version } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8")) as BundledPackage;
    return { name, version };
  });
}

/** The folders of packages among paths of files, each once. */
export function packageFolders(paths: readonly string[]): readonly string[] {
  const folders = paths.flatMap((path) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/u.exec(path)?.[0] ?? []);
  return [...new Set(folders)].toSorted();
}
