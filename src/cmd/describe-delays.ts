import type { Work } from "../runtime/health.ts";
import type { QueueDelay } from "../runtime/metrics.ts";

/** Says for the probes which keys are not served. */
export function describeDelays(source: { readonly delays: () => readonly QueueDelay[] }): Work {
  const describe = (isMeant: (delay: QueueDelay) => boolean): string | undefined => {
    const found = source.delays().filter(isMeant);
    return found.length === 0 ? undefined : found.map(toText).join(", ");
  };
  return {
    name: "queues",
    delay: () => describe(({ unserved }) => unserved > 0),
    standstill: () => describe(({ isStuck }) => isStuck),
  };
}

function toText({ name, unserved, longestMs }: QueueDelay): string {
  return `${unserved} ${name} not served, the first for ${Math.round(longestMs / 1000)} s`;
}
