import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

import { untilAborted } from "../kube/deadline.ts";

/** Of both halves. It is collected more often, which costs little: hardly anything survives that a pass makes. */
const LARGE_BYTES = 8 * 2 ** 20;
/** How many times as large V8 makes it, if it is not told otherwise. */
const USUAL_GROWTH = 2;

/**
 * Lets V8's young generation grow until it is large, and no further, until `signal` is aborted.
 *
 * V8 doubles it in each storm up to 52 MiB. It takes a limit only at its start, by a flag, but looks up by how much to grow
 * each time. The process is looked at after each collection, so that another doubling or two may happen before.
 */
export async function boundYoungGeneration(signal: AbortSignal): Promise<void> {
  let growth = USUAL_GROWTH;
  const grow = (factor: number): void => {
    if (factor !== growth) {
      growth = factor;
      setFlagsFromString(`--semi-space-growth-factor=${growth}`);
    }
  };
  const observer = new PerformanceObserver(() => grow(youngBytes() < LARGE_BYTES ? USUAL_GROWTH : 1));
  observer.observe({ entryTypes: ["gc"] });
  await untilAborted(signal);
  observer.disconnect();
  grow(USUAL_GROWTH);
}

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === "new_space")?.space_size ?? 0;
}
