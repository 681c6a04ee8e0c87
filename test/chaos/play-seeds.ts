import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

import type { ChaosOptions } from "./options.ts";
import type { SeedResult } from "./run-seed.ts";
import { undisturbed } from "./schedule.ts";
import type { Order } from "./worker.ts";

/** Longer than any run takes, also where others leave it nothing to run on for minutes. */
const PATIENCE_MS = 900_000;

/** A run leaves nothing behind: what it makes dies young if there is room for it. */
const YOUNG = "--max-semi-space-size=64";

/** Plays seeds in as many processes as there are cores, and yields the results as they come. */
export async function* playSeeds(
  seeds: Iterable<number>,
  {
    minutes,
    workers,
    ...order
  }: Pick<ChaosOptions, "minutes" | "workers" | "lives"> & Partial<Pick<ChaosOptions, "isSharded">>,
): AsyncGenerator<SeedResult> {
  const endsAt = performance.now() + minutes * 60_000;
  const left = Iterator.from(seeds);
  const take = (): number | undefined => (performance.now() < endsAt ? left.next().value : undefined);
  const stop = new AbortController();
  const streams = Array.from({ length: workers }, () => workOff(take, order, stop.signal));
  try {
    yield* merged(streams);
  } finally {
    stop.abort();
  }
}

/** One process that plays seeds until there are none; a new one follows when it gets stuck or dies. */
async function* workOff(
  take: () => number | undefined,
  order: Omit<Order, "seed">,
  signal: AbortSignal,
): AsyncGenerator<SeedResult, void> {
  let worker = startWorker(signal);
  for (let seed = take(); seed !== undefined; seed = take()) {
    const ends = [signal, worker.exited, AbortSignal.timeout(PATIENCE_MS)];
    const answer = once(worker.process, "message", { signal: AbortSignal.any(ends) });
    worker.process.send({ seed, ...order } satisfies Order);
    try {
      const [result] = (await answer) as [SeedResult];
      yield result;
    } catch {
      signal.throwIfAborted();
      yield unanswered(seed, worker);
      worker.process.kill("SIGKILL");
      worker = startWorker(signal);
    }
  }
  worker.process.disconnect();
}

type Worker = { readonly process: ChildProcess; readonly exited: AbortSignal };

function startWorker(signal: AbortSignal): Worker {
  const child = fork(join(import.meta.dirname, "worker.ts"), {
    stdio: "inherit",
    execArgv: [...process.execArgv, YOUNG],
  });
  const exited = new AbortController();
  child.once("exit", () => exited.abort());
  signal.addEventListener("abort", () => child.kill("SIGKILL"), { once: true });
  return { process: child, exited: exited.signal };
}

function unanswered(seed: number, { exited }: Worker): SeedResult {
  const why = exited.aborted ? "the process has died" : `no answer within ${PATIENCE_MS / 1000} s`;
  return { schedule: undisturbed("whole", seed), violations: [why] };
}

async function* merged<T>(streams: readonly AsyncGenerator<T, void>[]): AsyncGenerator<T> {
  const pending = new Map(streams.map((stream) => [stream, stepOf(stream)]));
  while (pending.size > 0) {
    const { stream, step } = await Promise.race(pending.values());
    if (step.done === true) {
      pending.delete(stream);
    } else {
      pending.set(stream, stepOf(stream));
      yield step.value;
    }
  }
}

async function stepOf<T>(
  stream: AsyncGenerator<T, void>,
): Promise<{ readonly stream: AsyncGenerator<T, void>; readonly step: IteratorResult<T, void> }> {
  return { stream, step: await stream.next() };
}
