import type { Clock } from "../kube/clock.ts";
import type { Log } from "./log.ts";
import { untilAborted } from "../kube/deadline.ts";

/** Work that runs until its signal is aborted. */
export type Loop = { readonly name: string; readonly run: (signal: AbortSignal) => Promise<void> };

/** How a group of loops runs. */
export type GroupOptions = {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** How long the loops may take to end after they were told to stop. */
  readonly stopMs: number;
};

/**
 * Runs loops side by side until `signal` is aborted, or one of the loops ends or fails; then stops the others.
 *
 * Returns when all loops have ended, and at the latest `stopMs` after they were told to stop. Throws the first failure
 * then, with the name of its loop. The signal of the loops is aborted with the reason of `signal`.
 */
export async function runGroup(loops: readonly Loop[], options: GroupOptions): Promise<void> {
  const { clock, log, signal, stopMs } = options;
  const ended = new AbortController();
  const stop = AbortSignal.any([signal, ended.signal]);
  const running = new Set<string>();
  const failures: Error[] = [];
  const runLoop = async ({ name, run }: Loop): Promise<void> => {
    running.add(name);
    try {
      await run(stop);
    } catch (error) {
      failures.push(new Error(`${name} failed`, { cause: error }));
    }
    running.delete(name);
    if (!stop.aborted) {
      log.info({ loop: name }, "ended, stopping the others");
      ended.abort();
    }
  };

  const finished = Promise.all(loops.map(runLoop));
  await Promise.race([finished, untilAborted(stop)]);
  const patience = new AbortController();
  await Promise.race([finished, clock.sleep(stopMs, patience.signal)]);
  patience.abort();
  if (running.size > 0) {
    log.warn({ loops: [...running] }, "left loops behind that do not stop");
  }
  const [first] = failures;
  if (first !== undefined) {
    throw first;
  }
}
