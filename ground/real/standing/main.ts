import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, stderr, stdin, stdout } from "node:process";
import { serveLeases } from "./serve-leases.ts";
import { StandingGrounds } from "./standing-grounds.ts";

/** Keeps as many grounds as it is told and lends them, until its input ends: whoever wants them lives. */
async function stand(count: number): Promise<void> {
  const ended = new AbortController();
  for (const event of ["end", "close"]) {
    stdin.once(event, () => ended.abort(new Error("nobody wants the grounds any more")));
  }
  stdin.resume();
  const folder = await mkdtemp(join(tmpdir(), "standing-grounds-"));
  const grounds = new StandingGrounds({
    count,
    folder,
    signal: ended.signal,
    onProgress: (line) => stderr.write(`${line}\n`),
  });
  const socketPath = join(folder, "leases");
  await serveLeases(grounds, socketPath);
  stdout.write(`${socketPath}\n`);
  await new Promise<void>((resolve) => {
    ended.signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await grounds.stop();
  await rm(folder, { recursive: true, force: true });
  // Connections of test files that hang must not hold it.
  process.exit();
}

await stand(Number(argv[2]));
