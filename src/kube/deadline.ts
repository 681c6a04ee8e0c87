import type { Clock } from "./clock.ts";

/** The work did not end in time. */
export class DeadlineError extends Error {
  override readonly name: string = "DeadlineError";
}

/** Nobody reads it. The reason that an AbortSignal makes by itself has a stack, which costs more than the rest of the signal. */
const FINISHED = "finished";

/**
 * Runs `run` with a signal that is aborted after `timeoutMs`, or with the caller's signal, and waits no longer.
 *
 * Throws a `DeadlineError` when `timeoutMs` is over, the reason of the caller's signal, or whatever `run` throws.
 */
export async function withDeadline<R>(
  options: { readonly clock: Clock; readonly timeoutMs: number; readonly signal: AbortSignal },
  run: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const { clock, timeoutMs, signal } = options;
  const finished = new AbortController();
  const expired = new AbortController();
  const expire = async (): Promise<void> => {
    await clock.sleep(timeoutMs, finished.signal);
    if (!finished.signal.aborted) {
      expired.abort();
    }
  };
  void expire();
  try {
    const interrupted = AbortSignal.any([signal, expired.signal]);
    interrupted.throwIfAborted();
    return await abortable(run(interrupted), interrupted);
  } catch (error) {
    if (expired.signal.aborted && !signal.aborted) {
      throw new DeadlineError(`no answer within ${timeoutMs} ms`, { cause: error });
    }
    throw error;
  } finally {
    finished.abort(FINISHED);
  }
}

/** Awaits `promise`, or throws the reason of `signal` as soon as `signal` is aborted. */
export async function abortable<R>(promise: Promise<R>, signal: AbortSignal): Promise<R> {
  if (signal.aborted) {
    // Nobody else waits for the promise.
    promise.catch(() => undefined);
    throw signal.reason;
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Resolves when `signal` is aborted. */
export function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) {
      resolve();
      return;
    }
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
