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
  { minutes, workers, ...order }: Pick<ChaosOptions, "minutes" | "workers" | "lives">,
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

/** One process that plays seeds until there are none; a new one follows when it gets stuck. */
async function* workOff(
  take: () => number | undefined,
  order: Omit<Order, "seed">,
  signal: AbortSignal,
): AsyncGenerator<SeedResult, void> {
  let worker = startWorker(signal);
  for (let seed = take(); seed !== undefined; seed = take()) {
    const answer = once(worker, "message", { signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]) });
    worker.send({ seed, ...order } satisfies Order);
    try {
      const [result] = (await answer) as [SeedResult];
      yield result;
    } catch {
      signal.throwIfAborted();
      worker.kill("SIGKILL");
      worker = startWorker(signal);
      yield stuck(seed);
    }
  }
  worker.disconnect();
}

function startWorker(signal: AbortSignal): ChildProcess {
  const worker = fork(join(import.meta.dirname, "worker.ts"), {
    stdio: "inherit",
    execArgv: [...process.execArgv, YOUNG],
  });
  signal.addEventListener("abort", () => worker.kill("SIGKILL"), { once: true });
  return worker;
}

function stuck(seed: number): SeedResult {
  return {
    schedule: undisturbed("whole", seed),
    violations: [`no answer within ${PATIENCE_MS / 1000} s: the process was stuck, or has died`],
  };
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
