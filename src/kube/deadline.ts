import type { Clock } from "./clock.ts";

/** The work did not end in time. */
export class DeadlineError extends Error {
  override readonly name: string = "DeadlineError";
}

/**
 * Aborts a signal whose reason nobody reads. The reason that an AbortController makes by itself has a stack, which costs more
 * than the rest of the signal.
 */
export function finish(controller: AbortController): void {
  controller.abort("finished");
}

/**
 * Runs `run` with a signal that is aborted after `timeoutMs`, or with the caller's signal, and waits no longer. The signal
 * is for `run` alone: once `run` has ended, nothing aborts it.
 *
 * Throws a `DeadlineError` when `timeoutMs` is over, the reason of the caller's signal, or whatever `run` throws.
 */
export async function withDeadline<R>(
  options: { readonly clock: Clock; readonly timeoutMs: number; readonly signal: AbortSignal },
  run: (signal: AbortSignal) => Promise<R>,
): Promise<R> {
  const { clock, timeoutMs, signal } = options;
  signal.throwIfAborted();
  // Every request has a deadline. AbortSignal.any would cost more than all of this together.
  const work = new AbortController();
  const finished = new AbortController();
  const { promise: interrupted, reject } = Promise.withResolvers<never>();
  const interrupt = (reason: unknown): void => {
    reject(reason);
    work.abort(reason);
  };
  const stop = (): void => interrupt(signal.reason);
  const expire = async (): Promise<void> => {
    await clock.sleep(timeoutMs, finished.signal);
    if (!finished.signal.aborted) {
      interrupt(new DeadlineError(`no answer within ${timeoutMs} ms`));
    }
  };
  signal.addEventListener("abort", stop, { once: true });
  void expire();
  try {
    return await Promise.race([run(work.signal), interrupted]);
  } finally {
    signal.removeEventListener("abort", stop);
    finish(finished);
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
