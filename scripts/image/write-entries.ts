import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Entry, withFolders } from "./layer.ts";

/** Writes the entries of a layer below `folder`, whatever the mask of the process. They belong to the process's user. */
export function writeEntries(entries: readonly Entry[], folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const entry of withFolders(entries)) {
    writeEntry(join(folder, entry.path), entry);
  }
}

function writeEntry(path: string, entry: Entry): void {
  switch (entry.type) {
    case "directory":
      mkdirSync(path);
      chmodSync(path, entry.mode);
      return;
    case "symlink":
      symlinkSync(entry.target, path);
      return;
    case "file":
      writeFileSync(path, entry.content);
      chmodSync(path, entry.mode);
  }
}
