import { execute } from "./cmd/execute.ts";

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
  env: process.env,
  isTerminal: process.stdout.isTTY,
  print: (text) => process.stdout.write(text),
  printError: (text) => process.stderr.write(text),
  signal: stop.signal,
});
// Connections that are still being closed must not keep a stopped process alive.
process.exit(code);
