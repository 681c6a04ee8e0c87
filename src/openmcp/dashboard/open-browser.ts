import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { platform, tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { CommandContext } from "../command/command.ts";

/** What opens a file as its owner would. */
const OPENERS: Readonly<Record<string, string>> = { darwin: "open" };

/**
 * Opens an address in the browser of whoever has called the command; resolves to what cleans up behind that.
 *
 * Every user of a machine can see the arguments of a process, so the browser gets a file that only its owner can read.
 */
export async function openBrowser(
  address: string,
  { env, printError }: Pick<CommandContext, "env" | "printError">,
): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "dashboard-"));
  const file = join(folder, "open.html");
  await writeFile(file, `<!doctype html><meta http-equiv="refresh" content="0; url=${address}">\n`, { mode: 0o600 });
  const opener = OPENERS[platform()] ?? "xdg-open";
  const child = spawn(opener, [pathToFileURL(file).href], { env: { ...env }, stdio: "ignore", detached: true });
  child.once("error", () => printError(`Cannot run ${opener}: open the address yourself.\n`));
  child.unref();
  return () => rm(folder, { recursive: true, force: true });
}
