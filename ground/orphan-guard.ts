import { spawn } from "node:child_process";

/** Watches over one process group on behalf of this process. */
export type OrphanGuard = {
  /** Ends the watch; the group has ended by itself. */
  dismiss(): void;
};

// `read` returns when the other end of the pipe is closed, which the kernel does for a process that dies in any way.
const SCRIPT = 'read -r _; kill -s KILL -- "-$1"';

/** Starts a tiny shell that kills the process group `leader` as soon as this process is gone. */
export function startOrphanGuard(leader: number): OrphanGuard {
  const shell = spawn("/bin/sh", ["-c", SCRIPT, "orphan-guard", String(leader)], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.on("error", () => undefined);
  shell.stdin.on("error", () => undefined);
  shell.unref();
  return { dismiss: () => shell.kill("SIGKILL") };
}
