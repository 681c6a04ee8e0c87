import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Gives a file its content: others find the old file or the new one at every moment, and a file that stays the same is
 * not touched.
 */
export function replaceFile(path: string, content: Uint8Array | string, mode = 0o644): void {
  if (existsSync(path) && readFileSync(path).equals(Buffer.from(content))) {
    return;
  }
  mkdirSync(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  writeFileSync(unfinished, content, { mode });
  renameSync(unfinished, path);
}
