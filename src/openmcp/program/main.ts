import type { CommandContext, Program } from "../command/command.ts";
import { execute } from "./execute.ts";

/** Does what the command line of this process asks for, and ends the process. */
export async function main(program: Program): Promise<never> {
  // Half of these threads may look up host names at the same time. Of Node's four, those of two tenants' clusters whose
  // zone does not answer would take all. Only what is set before the first use counts.
  process.env["UV_THREADPOOL_SIZE"] ??= "256";
  const stop = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) {
        process.exit(1);
      }
      stop.abort();
    });
  }
  const code = await execute(process.argv.slice(2), contextOf(program, stop.signal));
  // Connections that are still being closed must not keep a stopped process alive.
  return process.exit(code);
}

function contextOf(program: Program, signal: AbortSignal): CommandContext {
  const { env, stdout, version: nodeVersion } = process;
  const isTerminal = stdout.isTTY;
  return {
    program,
    process,
    env,
    nodeVersion,
    isTerminal,
    hasColors: isTerminal && (env["NO_COLOR"] ?? "") === "" && env["TERM"] !== "dumb",
    columns: () => (isTerminal ? stdout.columns : undefined),
    print: (text) => void writeOut(text),
    printError: (text) => process.stderr.write(text),
    write: writeOut,
    readInput,
    signal,
  };
}

function writeOut(part: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(part, (error) => {
      if (error === undefined || error === null) {
        resolve();
      } else if ("code" in error && error.code === "EPIPE") {
        // Whoever reads has seen enough, as `head` does.
        process.exit(0);
      } else {
        reject(error);
      }
    });
  });
}

async function readInput(): Promise<string> {
  let text = "";
  for await (const part of process.stdin.setEncoding("utf8")) {
    text += String(part);
  }
  return text;
}
