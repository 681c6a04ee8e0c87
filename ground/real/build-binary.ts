import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import type { Binary } from "./binary.ts";
import { GO_COMMAND, goEnvironment } from "./go-toolchain.ts";
import { startOrphanGuard } from "../orphan-guard.ts";

/** Arguments of `go` that build one program into the file `output`. */
export function goBuildArguments(binary: Binary, output: string): string[] {
  return ["build", "-p", "2", "-trimpath", `-ldflags=${binary.linkerFlags}`, "-o", output, binary.goPackage];
}

/**
 * Builds one program into the file `target`, which appears only once it is complete.
 *
 * When `signal` is aborted, the compiler and everything it started is ended; what it compiled stays in Go's build cache.
 */
export async function buildBinary(binary: Binary, target: string, signal: AbortSignal): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.${randomUUID()}.part`;
  try {
    await runGo(binary, goBuildArguments(binary, partial), signal);
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}

async function runGo(binary: Binary, args: readonly string[], signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  // A group of its own: `go` starts compilers, and all of them have to end together.
  const child = spawn(GO_COMMAND, args, {
    cwd: binary.folder,
    env: goEnvironment(),
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const guard = child.pid === undefined ? undefined : startOrphanGuard(child.pid);
  const endGroup = (): void => {
    if (child.pid !== undefined) {
      endProcessGroup(child.pid);
    }
  };
  signal.addEventListener("abort", endGroup, { once: true });
  const output: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => output.push(chunk));
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("close", resolve);
    });
    signal.throwIfAborted();
    if (code !== 0) {
      const tail = output.join("").trim().split("\n").slice(-20).join("\n");
      throw new Error(`cannot build ${binary.name} ${binary.version}: go exited with ${code ?? "a signal"}\n${tail}`);
    }
  } finally {
    signal.removeEventListener("abort", endGroup);
    guard?.dismiss();
  }
}

function endProcessGroup(leader: number): void {
  try {
    process.kill(-leader, "SIGTERM");
  } catch {
    // The group has ended by itself.
  }
}
