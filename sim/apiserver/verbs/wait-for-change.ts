import type { SimClock } from "../../clock.ts";
import type { WatchCache } from "../storage/watch-cache.ts";

/** When to stop waiting. */
export type Deadline = { readonly at: number; readonly clock: SimClock; readonly signal: AbortSignal };

// Nobody reads why; an error of its own for each wake-up would cost more than the rest of the waiting.
const WOKEN = new Error("woken");

/** Resolves as soon as watches hear of a change after `revision`, at the latest at the deadline. */
export async function waitForChange(cache: WatchCache, revision: number, deadline: Deadline): Promise<void> {
  const { clock, signal } = deadline;
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort(WOKEN);
  };
  const unsubscribe = cache.onChange(abort);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted || cache.since(revision)?.length !== 0) {
    abort();
  }
  const at = Math.min(deadline.at, cache.nextOutAt(revision) ?? Infinity);
  await clock.sleep(Math.max(0, at - clock.now()), stop.signal);
  unsubscribe();
  signal.removeEventListener("abort", abort);
}
