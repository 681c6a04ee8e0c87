import { argv, stderr, stdout } from "node:process";
import { allBinaries, isBinaryName } from "./binary.ts";
import type { BinaryName } from "./binary.ts";
import { ensureBinaries } from "./ensure-binaries.ts";

const ERASE_LINE = "\r\u001B[2K";

/** Builds the named programs, or all that real grounds run, and tells the exit code. */
async function build(names: readonly string[]): Promise<number> {
  const unknown = names.filter((name) => !isBinaryName(name));
  if (unknown.length > 0) {
    stderr.write(`expected names among ${allBinaries.join(", ")}; found ${unknown.join(", ")}\n`);
    return 2;
  }
  const wanted: readonly BinaryName[] = names.length === 0 ? allBinaries : names.filter(isBinaryName);
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Error("interrupted"));
  process.once("SIGINT", interrupt).once("SIGTERM", interrupt);
  try {
    const paths = await ensureBinaries(wanted, { onProgress: showProgress(), signal: stop.signal, ...ticks() });
    for (const [name, path] of Object.entries(paths)) {
      stdout.write(`${name}  ${path}\n`);
    }
    return 0;
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return stop.signal.aborted ? 130 : 1;
  }
}

function ticks(): { progressEveryMs?: number } {
  return stderr.isTTY ? { progressEveryMs: 1000 } : {};
}

function showProgress(): (line: string) => void {
  if (!stderr.isTTY) {
    return (line) => stderr.write(`${line}\n`);
  }
  return (line) => stderr.write(`${ERASE_LINE}${line}${line.includes(": done") ? "\n" : ""}`);
}

process.exitCode = await build(argv.slice(2));
