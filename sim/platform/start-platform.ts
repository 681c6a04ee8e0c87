import { randomInt } from "node:crypto";

import type { SimClient } from "../client.ts";
import type { Obj } from "../object.ts";
import { ControlLoop, type Next } from "../stand-in/control-loop.ts";
import { keyOf } from "../stand-in/ref.ts";
import { watchKind } from "../stand-in/watch-kind.ts";
import { textAt } from "../value-at.ts";
import { PROVIDER_LABEL, reconcileAccessRequest } from "./access-request.ts";
import { AccessRequests } from "./access-requests.ts";
import { reconcileClusterRequest } from "./cluster-request.ts";
import { reconcileCluster } from "./cluster.ts";
import { accessRequestType, clusterRequestType, clusterType } from "./kinds.ts";
import type { PlatformContext } from "./platform-context.ts";

/** What the platform's stand-in needs; everything else has a default. */
export type PlatformOptions = Pick<PlatformContext, "platform" | "clusterFor" | "clock"> &
  Partial<
    Pick<PlatformContext, "decide" | "delayMs" | "endCluster" | "random" | "renewTokensAfterMs" | "tokenLifetimeMs">
  > & {
    readonly signal: AbortSignal;
    /** Told about every reconcile that threw. */
    readonly onError?: (key: string, error: unknown) => void;
  };

/** A running stand-in. */
export type PlatformStandIn = {
  /** Asks `decide` again about every request that is not granted yet. */
  reconsider(): Promise<void>;
};

const TOKEN_LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;
const RANDOM_RANGE = 2 ** 32;
const MIN_RETRY_MS = 50;
const MAX_RETRY_MS = 5000;

/**
 * Starts the stand-in for operator and cluster provider; it runs until the signal is aborted.
 *
 * With `endCluster` it stands in for a cluster provider only, beside a real operator.
 */
export function startPlatform(options: PlatformOptions): PlatformStandIn {
  const { platform, signal } = options;
  const loops = startLoops(options);
  const waiting = new AccessRequests(loops.accessRequests);
  const watch = { client: platform, signal };
  watchKind({
    ...watch,
    type: clusterRequestType,
    onChange: (object) => {
      if (options.endCluster === undefined) {
        loops.clusterRequests.add(keyOf(object));
      }
      waiting.wake("requestRef", object.metadata);
    },
  });
  watchKind({
    ...watch,
    type: clusterType,
    onChange: (object) => {
      loops.clusters.add(keyOf(object));
      waiting.wake("clusterRef", object.metadata);
    },
  });
  watchKind({
    ...watch,
    type: accessRequestType,
    onChange: (object, before) => {
      waiting.saw(object);
      if (isNews(object, before) || (options.endCluster !== undefined && isTakenBack(object, before))) {
        loops.accessRequests.add(keyOf(object));
      }
    },
  });
  return {
    reconsider: async () => {
      await addAll(platform, clusterRequestType, loops.clusterRequests);
      await addAll(platform, accessRequestType, loops.accessRequests);
    },
  };
}

type Loops = Readonly<Record<"accessRequests" | "clusterRequests" | "clusters", ControlLoop>>;

function startLoops(options: PlatformOptions): Loops {
  const { clock, signal, onError } = options;
  const context: PlatformContext = {
    random: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE,
    tokenLifetimeMs: TOKEN_LIFETIME_MS,
    decide: () => "grant",
    delayMs: 0,
    ...options,
  };
  const loop = (reconcile: (key: string) => Promise<Next>): ControlLoop =>
    new ControlLoop({ reconcile, clock, minRetryMs: MIN_RETRY_MS, maxRetryMs: MAX_RETRY_MS, signal, onError });
  return {
    clusterRequests: loop((key) => reconcileClusterRequest(context, key)),
    clusters: loop((key) => reconcileCluster(context, key)),
    accessRequests: loop((key) => reconcileAccessRequest(context, key)),
  };
}

// Its own status writes are no news.
function isNews({ metadata }: Obj, before: Obj | undefined): boolean {
  return (
    before?.metadata.generation !== metadata.generation ||
    before?.metadata.uid !== metadata.uid ||
    before?.metadata.labels?.[PROVIDER_LABEL] !== metadata.labels?.[PROVIDER_LABEL]
  );
}

// The real operator calls a request pending when it has assigned it, which may be later than the answer.
function isTakenBack(request: Obj, before: Obj | undefined): boolean {
  return textAt(before, "status", "phase") === "Granted" && textAt(request, "status", "phase") === "Pending";
}

async function addAll(
  client: SimClient,
  type: { readonly apiVersion: string; readonly kind: string },
  loop: ControlLoop,
): Promise<void> {
  try {
    for (const object of await client.list(type)) {
      loop.add(keyOf(object));
    }
  } catch {
    // An API server that is away is heard from again through the watches.
  }
}
