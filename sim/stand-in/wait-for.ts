import type { SimClock } from "../clock.ts";

const EVERY_MS = 10;
const LIMIT_MS = 5 * 60_000;

/** Looks again and again until `isDone` says so; throws after some minutes. */
export async function waitFor(clock: SimClock, isDone: () => Promise<boolean>): Promise<void> {
  const endMs = clock.now() + LIMIT_MS;
  while (!(await isDone())) {
    if (clock.now() > endMs) {
      throw new Error(`waited ${String(LIMIT_MS / 1000)} s in vain`);
    }
    await clock.sleep(EVERY_MS);
  }
}
