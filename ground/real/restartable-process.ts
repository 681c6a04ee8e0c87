import { isRunning } from "../is-running.ts";
import { type ProcessOptions, startProcess, type SupervisedProcess } from "../supervised-process.ts";

/** A program that can be started again as it was, with what it has stored. */
export type RestartableProcess = Pick<SupervisedProcess, "logPath" | "stop" | "kill"> & {
  /** Stops it if it runs, starts it again, and returns once it serves. */
  restart(): Promise<void>;
};

/** One that this process has started. */
export type OwnRestartableProcess = RestartableProcess & {
  /** Tells whether it has not ended, asked or unasked. */
  isRunning(): boolean;
};

/** Starts a program and returns once it serves. `signal` is for this first start only. */
export async function startRestartable({ signal, ...options }: ProcessOptions): Promise<OwnRestartableProcess> {
  let running = await startProcess({ ...options, ...(signal !== undefined && { signal }) });
  return {
    logPath: options.logPath,
    isRunning: () => isRunning(running.pid),
    stop: () => running.stop(),
    kill: () => running.kill(),
    restart: async () => {
      await running.stop();
      running = await startProcess(options);
    },
  };
}
