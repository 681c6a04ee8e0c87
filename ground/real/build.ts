import { argv, env, stderr, stdout } from "node:process";
import { allBinaries, isBinaryName } from "./binary.ts";
import type { BinaryName } from "./binary.ts";
import { describeBuild, missingBinaries } from "./build-plan.ts";
import { ensureBinaries } from "./ensure-binaries.ts";
import { checkGoToolchain } from "./go-toolchain.ts";

const ERASE_LINE = "\r\u001B[2K";

const PLAN = "--plan";

/**
 * Builds the named programs, or all that real grounds run, and tells the exit code.
 *
 * With `--plan` it only says what a build would make and how long that takes, or why it cannot be done.
 */
async function main(words: readonly string[]): Promise<number> {
  const names = words.filter((word) => word !== PLAN);
  const unknown = names.filter((name) => !isBinaryName(name));
  if (unknown.length > 0) {
    stderr.write(`expected names among ${allBinaries.join(", ")}; found ${unknown.join(", ")}\n`);
    return 2;
  }
  const wanted: readonly BinaryName[] = names.length === 0 ? allBinaries : names.filter(isBinaryName);
  return words.includes(PLAN) ? plan(wanted) : build(wanted);
}

async function plan(wanted: readonly BinaryName[]): Promise<number> {
  const missing = await missingBinaries(wanted, env);
  stdout.write(`${describeBuild(missing, env)}\n`);
  try {
    await (missing.length > 0 ? checkGoToolchain() : undefined);
    return 0;
  } catch (error) {
    stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function build(wanted: readonly BinaryName[]): Promise<number> {
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

process.exitCode = await main(argv.slice(2));
