import type { SimClock } from "../clock.ts";

const FIRST_MS = 10;
const GROWTH = 0.1;
const LIMIT_MS = 5 * 60_000;

/**
 * Looks again and again until `isDone` says so, the less often the longer it takes; throws after some minutes, and when
 * `signal` is aborted.
 */
export async function waitFor(clock: SimClock, isDone: () => Promise<boolean>, signal?: AbortSignal): Promise<void> {
  const startMs = clock.now();
  while (!(await isDone())) {
    const waitedMs = clock.now() - startMs;
    if (waitedMs > LIMIT_MS) {
      throw new Error(`waited ${String(LIMIT_MS / 1000)} s in vain`);
    }
    await clock.sleep(Math.max(FIRST_MS, waitedMs * GROWTH), signal);
    signal?.throwIfAborted();
  }
}
