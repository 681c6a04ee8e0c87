import { abortable } from "./abortable.ts";
import type { Clock } from "./clock.ts";

/** What was to be done did not end within its time. */
export class DeadlineError extends Error {
  override readonly name: string = "DeadlineError";
}

/**
 * Runs `run` with a signal that is aborted with the caller's, and after `timeoutMs`; it is not waited for any longer.
 *
 * Throws a `DeadlineError` when the time was the reason, and whatever `run` throws otherwise.
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
    finished.abort();
  }
}
