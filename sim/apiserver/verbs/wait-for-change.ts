import type { SimClock } from "../../clock.ts";
import type { Collection } from "../storage/collection.ts";

/** When to stop waiting. */
export type Deadline = { readonly at: number; readonly clock: SimClock; readonly signal: AbortSignal };

// Nobody reads why; an error of its own for each wake-up would cost more than the rest of the waiting.
const WOKEN = new Error("woken");

/** Resolves as soon as the collection has a change after `revision`, at the latest at the deadline. */
export async function waitForChange(collection: Collection, revision: number, deadline: Deadline): Promise<void> {
  const { at, clock, signal } = deadline;
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort(WOKEN);
  };
  const unsubscribe = collection.onChange(abort);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted || collection.since(revision)?.length !== 0) {
    abort();
  }
  await clock.sleep(Math.max(0, at - clock.now()), stop.signal);
  unsubscribe();
  signal.removeEventListener("abort", abort);
}
