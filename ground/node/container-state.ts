import { constants } from "node:os";
import { kubeTime } from "../../sim/stand-in/kube-time.ts";

/** How a container is, as the status of its pod says it. */
export type ContainerState =
  | { readonly waiting: { readonly reason: string } }
  | { readonly running: { readonly startedAt: string } }
  | Terminated;

/** How a container has ended. */
export type Terminated = {
  readonly terminated: {
    readonly exitCode: number;
    readonly reason: "Completed" | "Error" | "ContainerCannotRun";
    readonly message?: string;
    readonly startedAt: string;
    readonly finishedAt: string;
  };
};

const SIGNALLED = 128;
const CANNOT_RUN = 128;

/** Exit code of a container; signals are told as shells do. */
export function exitCodeOf(exit: number | NodeJS.Signals): number {
  return typeof exit === "number" ? exit : SIGNALLED + constants.signals[exit];
}

/** State of a container that has ended. */
export function terminated(exitCode: number, startedAtMs: number, finishedAtMs: number): Terminated {
  return {
    terminated: {
      exitCode,
      reason: exitCode === 0 ? "Completed" : "Error",
      startedAt: kubeTime(startedAtMs),
      finishedAt: kubeTime(finishedAtMs),
    },
  };
}

/** State of a container that could not be started at all. */
export function neverStarted(why: string, atMs: number): Terminated {
  const at = kubeTime(atMs);
  return {
    terminated: {
      exitCode: CANNOT_RUN,
      reason: "ContainerCannotRun",
      message: why,
      startedAt: at,
      finishedAt: at,
    },
  };
}
