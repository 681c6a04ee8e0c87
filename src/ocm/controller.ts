import type { Clock } from "../kube/clock.ts";
import type { KubeClient } from "../kube/client.ts";
import type { TenantClusters } from "../openmcp/tenant-clusters.ts";
import { Backoff } from "../runtime/backoff.ts";
import { runController, type ControllerObserver, type Retry } from "../runtime/controller.ts";
import type { EventRecorder } from "../runtime/events.ts";
import type { Log } from "../runtime/log.ts";
import { WorkQueue, type QueueObserver } from "../runtime/queue.ts";
import { createReconcilers } from "./reconcilers.ts";
import { createWatches } from "./watches.ts";

/** What the controllers of this provider work with. */
export type OcmControllerDeps = {
  readonly platform: KubeClient;
  readonly onboarding: KubeClient;
  readonly tenantClusters: TenantClusters;
  /** Name of the ProviderConfig that counts. */
  readonly providerName: string;
  /** Namespace of the operator's secrets. */
  readonly podNamespace: string;
  readonly clock: Clock;
  /** Yields numbers in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly events: EventRecorder;
  /** Told what a controller and its queue do. */
  readonly observe: (name: string) => { readonly queue?: QueueObserver; readonly controller?: ControllerObserver };
  /** Told of each sign of life of a cluster. */
  readonly onContact: (cluster: "platform" | "onboarding") => void;
  /** Called once every cache is filled. */
  readonly onSynced: () => void;
  readonly signal: AbortSignal;
  /** How long running reconciles may take to finish after `signal` was aborted. */
  readonly drainMs: number;
};

/** How many tenants are worked on at the same time. */
const CONCURRENCY = 16;

/**
 * Serves OCM objects and the ProviderConfig until `signal` is aborted.
 *
 * Returns when no reconcile is running any more. Nothing is reconciled before every cache is filled: an empty cache
 * would look like a world in which everything is gone.
 */
export async function runOcmController(deps: OcmControllerDeps): Promise<void> {
  const queues = { ocm: queueOf("ocm", deps), config: queueOf("providerconfig", deps) };
  const watches = createWatches(deps, queues);
  const reconcilers = createReconcilers(deps, watches, queues);
  const stop = new AbortController();
  const watching = watches.run(stop.signal);
  await watches.synced(deps.signal);
  if (!deps.signal.aborted) {
    deps.onSynced();
    await Promise.all([
      runQueue({ name: "ocm", queue: queues.ocm, concurrency: CONCURRENCY, reconcile: reconcilers.ocm }, deps),
      runQueue({ name: "providerconfig", queue: queues.config, concurrency: 1, reconcile: reconcilers.config }, deps),
    ]);
  }
  stop.abort();
  reconcilers.close();
  watches.close();
  await watching;
}

type Queue = {
  readonly name: string;
  readonly queue: WorkQueue;
  readonly concurrency: number;
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Retry>;
};

function queueOf(name: string, { clock, observe }: OcmControllerDeps): WorkQueue {
  return new WorkQueue({ clock, observer: observe(name).queue });
}

function runQueue(queue: Queue, deps: OcmControllerDeps): Promise<void> {
  const { clock, random, log, signal, drainMs } = deps;
  const metrics = deps.observe(queue.name).controller;
  const backoff = new Backoff({ random });
  return runController({ ...queue, clock, backoff, log, signal, drainMs, ...(metrics && { metrics }) });
}
