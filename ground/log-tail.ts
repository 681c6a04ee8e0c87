import { readFile } from "node:fs/promises";

/** Reads the last lines of a log file; a file that cannot be read has none. */
export async function logTail(path: string, lines: number = 20): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trimEnd().split("\n").slice(-lines).join("\n");
  } catch {
    return "(no log)";
  }
}
