import { dirname } from "node:path";
import { packTar } from "modern-tar";

/** A file, folder or link of the image, without a leading slash. Everything belongs to root. */
export type Entry =
  | { readonly type: "file"; readonly path: string; readonly mode: number; readonly content: Uint8Array }
  | { readonly type: "directory"; readonly path: string; readonly mode: number }
  | { readonly type: "symlink"; readonly path: string; readonly target: string };

const EPOCH = new Date(0);
const FOLDER_MODE = 0o755;

/** Writes the archive of a layer, with every folder that the entries need. Neither order nor time changes its bytes. */
export async function packLayer(entries: readonly Entry[]): Promise<Buffer> {
  return Buffer.from(await packTar(withFolders(entries).map(toTarEntry)));
}

/** Adds the folders in which the entries lie, and puts each folder before what lies in it. */
export function withFolders(entries: readonly Entry[]): readonly Entry[] {
  const folders = new Map(entries.flatMap(({ path }) => ancestors(path)).map((path) => [path, folder(path)]));
  const all = new Map<string, Entry>([...folders, ...entries.map((entry) => [entry.path, entry] as const)]);
  return [...all.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

function folder(path: string): Entry {
  return { type: "directory", path, mode: FOLDER_MODE };
}

function ancestors(path: string): readonly string[] {
  const parent = dirname(path);
  return parent === "." ? [] : [...ancestors(parent), parent];
}

function toTarEntry(entry: Entry): Parameters<typeof packTar>[0][number] {
  const common = { mtime: EPOCH, uid: 0, gid: 0 };
  switch (entry.type) {
    case "directory":
      return { header: { ...common, name: `${entry.path}/`, type: "directory", size: 0, mode: entry.mode } };
    case "symlink":
      return {
        header: { ...common, name: entry.path, type: "symlink", size: 0, mode: 0o777, linkname: entry.target },
      };
    case "file": {
      const { path: name, mode, content } = entry;
      return { header: { ...common, name, type: "file", size: content.length, mode }, body: content };
    }
  }
}
