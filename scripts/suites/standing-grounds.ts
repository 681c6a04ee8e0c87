import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

// Test files read it; its name is known to ground/real/standing too.
const SOCKET_VARIABLE = "STANDING_GROUNDS";

/** Real grounds that stand until they are disposed of. */
export type StandingGrounds = AsyncDisposable & {
  /** What test files have to have in their environment to borrow one. */
  readonly environment: Readonly<Record<string, string>>;
};

/** Has real grounds stand that test files borrow one after the other. */
export async function startStandingGrounds(count: number, env: NodeJS.ProcessEnv): Promise<StandingGrounds> {
  // It ends with its input, and so with this process, however this one ends.
  const child = spawn(process.execPath, ["ground/real/standing/main.ts", String(count)], {
    stdio: ["pipe", "pipe", "inherit"],
    env,
    detached: true,
  });
  const exited = once(child, "exit");
  const [socketPath] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  return {
    environment: { [SOCKET_VARIABLE]: socketPath },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
