import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { logTail } from "./log-tail.ts";
import { startOrphanGuard } from "./orphan-guard.ts";
import { waitUntil } from "./wait-until.ts";

/** What to run, and how to know that it works. */
export type ProcessOptions = {
  /** Name for messages. */
  readonly name: string;
  /** Path of the program. */
  readonly path: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** File to which its output is appended. */
  readonly logPath: string;
  /** Tells whether the process serves; asked until it does. Without it a process is ready at once. */
  readonly isReady?: (signal: AbortSignal) => Promise<boolean>;
  /** Bound for becoming ready, in ms. Default 120 s. */
  readonly readyWithinMs?: number;
  /** Time between SIGTERM and SIGKILL, in ms. Default 5 s. */
  readonly stopWithinMs?: number;
  readonly signal?: AbortSignal;
};

/** A running program in a process group of its own. It ends with this process, however this one ends. */
export type SupervisedProcess = {
  readonly pid: number;
  readonly logPath: string;
  /** Settles once the program has ended: its exit code, or the signal that ended it. */
  readonly exited: Promise<number | NodeJS.Signals>;
  /** Asks it to end, and forces it after a while. May be called twice. */
  stop(): Promise<void>;
  /** Ends it without a chance to clean up. */
  kill(): Promise<void>;
};

/** Starts a program and returns once it serves; when it does not, the error shows the end of its log. */
export async function startProcess(options: ProcessOptions): Promise<SupervisedProcess> {
  options.signal?.throwIfAborted();
  const child = spawnIntoLog(options);
  const exited = new Promise<number | NodeJS.Signals>((resolve) => {
    // The kernel gives one of the two; 127 is what shells say about a program that could not be started.
    child.once("exit", (code, signal) => resolve(code ?? signal ?? 127)).once("error", () => resolve(127));
  });
  if (!hasPid(child)) {
    await exited;
    throw new Error(`cannot start ${options.name}: ${options.path} cannot be executed`);
  }
  const guard = startOrphanGuard(child.pid);
  void exited.then(() => guard.dismiss());
  const supervised = supervise(child, exited, options);
  try {
    await becomeReady(options, exited);
  } catch (cause) {
    await supervised.kill();
    throw new Error(`cannot start ${options.name}; the end of ${options.logPath}:\n${await logTail(options.logPath)}`, {
      cause,
    });
  }
  return supervised;
}

function hasPid(child: ChildProcess): child is ChildProcess & { readonly pid: number } {
  return child.pid !== undefined;
}

function spawnIntoLog(options: ProcessOptions): ChildProcess {
  mkdirSync(dirname(options.logPath), { recursive: true });
  const log = openSync(options.logPath, "a");
  try {
    return spawn(options.path, options.args, {
      env: { ...process.env, ...options.env },
      // A Ctrl-C at the terminal must reach this process only, which then stops things in order.
      detached: true,
      stdio: ["ignore", log, log],
    });
  } finally {
    closeSync(log);
  }
}

function supervise(
  child: ChildProcess & { readonly pid: number },
  exited: SupervisedProcess["exited"],
  options: ProcessOptions,
): SupervisedProcess {
  // After its exit the number may belong to another process.
  const hasExited = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const signalGroup = (signal: NodeJS.Signals): void => {
    if (!hasExited()) {
      process.kill(-child.pid, signal);
    }
  };
  return {
    pid: child.pid,
    logPath: options.logPath,
    exited,
    kill: async () => {
      signalGroup("SIGKILL");
      await exited;
    },
    stop: async () => {
      signalGroup("SIGTERM");
      const force = setTimeout(signalGroup, options.stopWithinMs ?? 5000, "SIGKILL");
      await exited;
      clearTimeout(force);
    },
  };
}

async function becomeReady(options: ProcessOptions, exited: SupervisedProcess["exited"]): Promise<void> {
  const { isReady, name } = options;
  if (isReady === undefined) {
    return;
  }
  const ended = new AbortController();
  void exited.then(() => ended.abort(new Error(`${name} has ended`)));
  const signal = AbortSignal.any([ended.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  await waitUntil(isReady, { what: `${name} serves`, withinMs: options.readyWithinMs ?? 120_000, signal });
}
