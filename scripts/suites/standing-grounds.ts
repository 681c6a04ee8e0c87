import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

// Test files read it; its name is known to ground/real/standing too.
const SOCKET_VARIABLE = "STANDING_GROUNDS";

/** Has real grounds stand that test files borrow one after the other, until it is disposed of. */
export async function startStandingGrounds(count: number): Promise<AsyncDisposable> {
  // It ends with its input, and so with this process, however this one ends.
  const child = spawn(process.execPath, ["ground/real/standing/main.ts", String(count)], {
    stdio: ["pipe", "pipe", "inherit"],
    detached: true,
  });
  const exited = once(child, "exit");
  const [socketPath] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
  process.env[SOCKET_VARIABLE] = socketPath;
  return {
    [Symbol.asyncDispose]: async () => {
      Reflect.deleteProperty(process.env, SOCKET_VARIABLE);
      child.stdin.end();
      await exited;
    },
  };
}
