import { setTimeout as sleep } from "node:timers/promises";

/** Bounds of a wait. */
export type WaitOptions = {
  /** What is waited for, for the error: "etcd serves". */
  readonly what: string;
  readonly withinMs: number;
  /** Time between two looks, in ms. Default 50. */
  readonly everyMs?: number;
  readonly signal?: AbortSignal;
};

/** Asks again and again until the answer is true; a failing question counts as "not yet". */
export async function waitUntil(
  isTrue: (signal: AbortSignal) => Promise<boolean>,
  { what, withinMs, everyMs = 50, signal: stop }: WaitOptions,
): Promise<void> {
  const timeout = AbortSignal.timeout(withinMs);
  const signal = stop === undefined ? timeout : AbortSignal.any([stop, timeout]);
  let lastFailure: unknown;
  while (!signal.aborted) {
    try {
      if (await isTrue(signal)) {
        return;
      }
      lastFailure = undefined;
    } catch (error) {
      lastFailure = error;
    }
    await sleep(everyMs, undefined, { signal }).catch(() => undefined);
  }
  stop?.throwIfAborted();
  throw new Error(`expected within ${withinMs} ms: ${what}`, { cause: lastFailure });
}
