import { execFile } from "node:child_process";
import type { Clock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import type { Environment } from "./environment.ts";
import { type Fields, KubeconfigError } from "./fields.ts";

/** A command as it is started. */
export type PluginCommand = { readonly file: string; readonly args: readonly string[]; readonly env: Environment };

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1_000_000;

/**
 * Runs a credential plugin and returns what it printed.
 *
 * No error quotes its arguments or its output: both may be secrets.
 */
export async function runPlugin(exec: Fields, command: PluginCommand, clock: Clock): Promise<string> {
  const limits = { clock, timeoutMs: TIMEOUT_MS, signal: new AbortController().signal };
  return withDeadline(limits, (signal) => {
    const { promise, resolve: succeed, reject: fail } = Promise.withResolvers<string>();
    const options = { env: command.env, maxBuffer: MAX_OUTPUT_BYTES, signal };
    const child = execFile(command.file, [...command.args], options, (error, stdout) => {
      if (error === null) {
        succeed(stdout);
      } else {
        fail(pluginError(exec, error.code));
      }
    });
    child.stdin?.end();
    return promise;
  }).catch((error: unknown) => {
    throw error instanceof KubeconfigError ? error : exec.error("command", `did not end within ${TIMEOUT_MS} ms`);
  });
}

function pluginError(exec: Fields, code: unknown): KubeconfigError {
  if (code === "ENOENT") {
    const hint = exec.text("installHint");
    return exec.error("command", `was not found${hint === undefined ? "" : `; ${hint}`}`);
  }
  return exec.error("command", typeof code === "number" ? `ended with exit code ${code}` : `failed: ${String(code)}`);
}
