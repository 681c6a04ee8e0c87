import { Backoff } from "../runtime/backoff.ts";
import { runController, type Retry } from "../runtime/controller.ts";
import { WorkQueue } from "../runtime/queue.ts";
import { Slots } from "../runtime/slots.ts";
import type { OcmControllerDeps } from "./controller-deps.ts";
import { EVERY_NAMESPACE } from "./removal/own-namespaces.ts";
import { createReconcilers } from "./reconcilers.ts";
import { createWatches } from "./watches.ts";

/** How many tenants are worked on at the same time. */
const CONCURRENCY = 16;
/** What fails is tried again after this time at the latest, and after the poll interval where that is shorter. */
const LONGEST_DELAY_MS = 300_000;

/**
 * Serves OCM objects and the ProviderConfig until `signal` is aborted.
 *
 * Returns when no reconcile is running any more. Nothing is reconciled before every cache is filled: an empty cache
 * would look like a world in which everything is gone.
 */
export async function runOcmController(deps: OcmControllerDeps): Promise<void> {
  const queues = {
    ocm: queueOf("ocm", deps),
    config: queueOf("providerconfig", deps),
    namespaces: queueOf("namespace", deps),
  };
  const watches = createWatches(deps, queues);
  const slots = new Slots(CONCURRENCY);
  const reconcilers = createReconcilers(deps, watches, { ...queues, slots });
  const stop = new AbortController();
  const watching = watches.run(stop.signal);
  await watches.synced(deps.signal);
  if (!deps.signal.aborted) {
    deps.onSynced();
    queues.namespaces.add(EVERY_NAMESPACE);
    const longestDelayMs = (): number => Math.min(LONGEST_DELAY_MS, reconcilers.pollIntervalMs());
    const common = { ...deps, longestDelayMs };
    await Promise.all([
      runQueue({ name: "ocm", queue: queues.ocm, slots, reconcile: reconcilers.ocm }, common),
      runQueue(
        { name: "providerconfig", queue: queues.config, slots: new Slots(1), reconcile: reconcilers.config },
        common,
      ),
      runQueue(
        { name: "namespace", queue: queues.namespaces, slots: new Slots(1), reconcile: reconcilers.namespaces },
        common,
      ),
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
  readonly slots: Slots;
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Retry>;
};

function queueOf(name: string, { clock, observe }: OcmControllerDeps): WorkQueue {
  return new WorkQueue({ clock, observer: observe(name).queue });
}

function runQueue(queue: Queue, deps: OcmControllerDeps & { readonly longestDelayMs: () => number }): Promise<void> {
  const { clock, random, log, signal, drainMs } = deps;
  const metrics = deps.observe(queue.name).controller;
  const backoff = new Backoff({ random, maxMs: deps.longestDelayMs });
  return runController({ ...queue, clock, backoff, log, signal, drainMs, ...(metrics && { metrics }) });
}
