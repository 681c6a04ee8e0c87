import { execute } from "./execute.ts";
import type { Program } from "./workplace.ts";

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
  const code = await execute(process.argv.slice(2), {
    program,
    env: process.env,
    isTerminal: process.stdout.isTTY,
    print: (text) => process.stdout.write(text),
    printError: (text) => process.stderr.write(text),
    signal: stop.signal,
  });
  // Connections that are still being closed must not keep a stopped process alive.
  return process.exit(code);
}
