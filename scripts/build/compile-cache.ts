import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join, resolve } from "node:path";

const WRITER = join(import.meta.dirname, "write-compile-cache.ts");

/**
 * Fills the compile cache of the program in `folder`, for one version of Node.
 *
 * `node` is what starts that Node: its path, after an emulator's where there is one. The same Node and the same program
 * give the same bytes on every machine.
 */
export function fillCompileCache(node: readonly string[], folder: string): void {
  // V8 writes the cache in the order of its hash tables, which depends on the seed, and threads of its own add to it.
  // These two are the flags with which a cache is accepted by a Node that runs without them.
  const flags = ["--predictable", "--random-seed=1"];
  const [path = process.execPath, ...args] = node;
  rmSync(join(folder, "compile-cache"), { recursive: true, force: true });
  execFileSync(path, [...args, ...flags, WRITER, resolve(folder)], {
    // The cache numbers the functions of the process, and Node opens each kind of stream with other functions.
    stdio: ["ignore", "ignore", "pipe"],
    env: {},
    encoding: "utf8",
  });
}
