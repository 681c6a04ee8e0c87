import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import type { NamelessFinding } from "../service/finding.ts";
import { ok } from "./check.ts";

/** A cluster that every service provider works with. */
export type ClusterName = "platform" | "onboarding";

/** The clock of a server, read between two moments of our own clock. In ms. */
export type ClockReading = { readonly sentMs: number; readonly receivedMs: number; readonly serverMs: number };

/** Shorter differences are those of answers on their way. */
const NOTABLE_SKEW_MS = 5_000;
/** API servers refuse a token that was signed more than a minute in the future. */
const LONGEST_SKEW_MS = 60_000;
/** The header `Date` has no fraction of a second. */
const PRECISION_MS = 1_000;

/** Finds out whether an API server answers, and whether its clock and ours agree. */
export async function lookAtCluster(
  cluster: ClusterName,
  { client, clock, signal }: { readonly client: KubeClient; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<readonly NamelessFinding[]> {
  const sentMs = clock.now();
  const { version, clockMs } = await client.about(signal);
  const reading = { sentMs, receivedMs: clock.now(), serverMs: clockMs };
  const answers = ok(`the ${cluster} cluster answers: Kubernetes ${version}`);
  const { serverMs } = reading;
  return serverMs === undefined ? [answers] : [answers, ...skewFindings(cluster, { ...reading, serverMs })];
}

/** Says how far the clock of a server is from ours: nothing where they agree. Pure. */
export function skewFindings(cluster: ClusterName, reading: ClockReading): readonly NamelessFinding[] {
  const { sentMs, receivedMs, serverMs } = reading;
  const aheadMs = serverMs - receivedMs;
  const behindMs = sentMs - serverMs - PRECISION_MS;
  const skewMs = Math.max(aheadMs, behindMs);
  if (skewMs < NOTABLE_SKEW_MS) {
    return [];
  }
  const seconds = Math.round(skewMs / 1000);
  return [
    {
      level: skewMs >= LONGEST_SKEW_MS ? "failed" : "warning",
      found: `the clock of the ${cluster} cluster is ${seconds} s ${aheadMs > behindMs ? "ahead of" : "behind"} the clock of this machine`,
      expected: `clocks that differ by less than ${NOTABLE_SKEW_MS / 1000} s: tokens are valid between two moments`,
      advice: "synchronize both clocks, for example with chrony",
    },
  ];
}
