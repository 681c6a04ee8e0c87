import { createReconciler } from "../openmcp/service/reconciler.ts";
import type { Retry } from "../runtime/controller.ts";
import { keyOf, refOf } from "../runtime/key.ts";
import type { Slots } from "../runtime/slots.ts";
import { problemsOfOCM, problemsOfProviderConfig } from "./api/problems.ts";
import { ConfigSource } from "./config-source.ts";
import { reconcileConfigStatus } from "./config-status.ts";
import type { OcmControllerDeps } from "./controller-deps.ts";
import { countLater } from "./count-later.ts";
import { recheckAfterMs } from "./context.ts";
import { installationService } from "./installation.ts";
import { isArriving } from "./tenant-tally.ts";
import { reconcileOwnNamespaces } from "./removal/own-namespaces.ts";
import { UserObjectWatches } from "./removal/user-object-watches.ts";
import { KubeconfigReviews } from "./target/kubeconfig-reviews.ts";
import { targetsOf } from "./target/targets.ts";
import { tellOperator } from "./tell-operator.ts";
import { tenantObjectsOf } from "./tenant-objects.ts";
import type { Queues, Watches } from "./watches.ts";

type Reconcile = (key: string, signal: AbortSignal) => Promise<Retry>;

/** The reconcile functions of this provider, and what they keep open. */
export type Reconcilers = {
  readonly ocm: Reconcile;
  readonly config: Reconcile;
  readonly namespaces: Reconcile;
  /** How often every tenant is checked at the moment, whatever events say. */
  readonly pollIntervalMs: () => number;
  close(): void;
};

// Many tenants on their way shall not cost a write of the ProviderConfig's status each.
const COUNT_AFTER_MS = 2_000;
const COUNT_ARRIVALS_AFTER_MS = 30_000;

/** The queues, and the slots in which passes over OCM objects run. */
export type Work = Queues & { readonly slots: Slots };

/** Puts the reconcile functions together. */
export function createReconcilers(deps: OcmControllerDeps, watches: Watches, queues: Work): Reconcilers {
  const config = new ConfigSource({ ...deps, ...watches, problemsOf: problemsOfProviderConfig });
  const reconcileRequests = new Set<string>();
  const recheckAll = (): void => {
    watches.ocms.list().forEach((ocm) => reconcileRequests.add(keyOf(ocm)));
    watches.recheckAll();
  };
  const userObjectWatches = watchUserObjects(deps, queues);
  const platform = { client: deps.platform, stores: watches.platform };
  const { onFailure, told } = tellOperator(deps, watches.providerConfigs);
  const targets = targetsOf(told(deps.tenantClusters), queues.slots, () => recheckAfterMs(config.read()));
  const kubeconfigReviews = new KubeconfigReviews({ platform, clock: deps.clock });
  const service = installationService({
    platform,
    leftovers: watches.leftovers,
    targets,
    userObjectWatches,
    clock: deps.clock,
    kubeconfigReviews,
    config,
    problemsOf: problemsOfOCM,
    forget: (key) => {
      userObjectWatches.stop(key);
      kubeconfigReviews.forget(key);
      forgetTenant(deps, queues, key);
    },
  });
  const onOnboarding = { ...deps, client: deps.onboarding, store: watches.ocms, reconcileRequests, onFailure };
  const onPlatform = { ...deps, client: deps.platform, store: watches.providerConfigs, ocms: watches.ocms };
  const ensureOrRemove = unlessPaused(createReconciler(service, onOnboarding), config, watches);
  return {
    ocm: countLater(ensureOrRemove, watches.ocms, recountLater(deps, queues)),
    config: reconcileConfigStatus({ ...onPlatform, config, recheckAll, silences: () => watches.silences() }),
    namespaces: ownNamespaces(deps, watches, queues),
    pollIntervalMs: () => recheckAfterMs(config.read()),
    close: () => userObjectWatches.close(),
  };
}

function forgetTenant({ tenantClusters }: OcmControllerDeps, queues: Work, key: string): void {
  const { namespace } = tenantObjectsOf(refOf(key));
  tenantClusters.forget(namespace);
  queues.namespaces.add(namespace);
  queues.ocm.cancel(key);
}

function recountLater({ providerName }: OcmControllerDeps, { config }: Queues): Parameters<typeof countLater>[2] {
  return (before, after) =>
    config.addAfter(providerName, isArriving(before, after) ? COUNT_ARRIVALS_AFTER_MS : COUNT_AFTER_MS);
}

function watchUserObjects(deps: OcmControllerDeps, queues: Work): UserObjectWatches {
  return new UserObjectWatches({ ...deps, clusters: deps.tenantClusters, onChange: (key) => queues.ocm.add(key) });
}

function ownNamespaces(
  { platform, clock }: OcmControllerDeps,
  { tenants, platform: stores }: Watches,
  queues: Work,
): Reconcile {
  return reconcileOwnNamespaces({
    client: platform,
    clock,
    isNeeded: (name) => tenants.keyOf(name) !== undefined || stores.clusterRequests.inNamespace(name).length > 0,
    addAfter: (name, afterMs) => queues.namespaces.addAfter(name, afterMs),
  });
}

/**
 * While the operator has the ProviderConfig ignored, or the settings of a new process are still being read, tenants stay
 * as they are; only deletion goes on.
 */
function unlessPaused(reconcile: Reconcile, config: ConfigSource, { ocms }: Watches): Reconcile {
  return async (key, signal) => {
    const ocm = ocms.get(key);
    const isStaying = ocm !== undefined && ocm.metadata.deletionTimestamp === undefined;
    // Both end with a change that wakes every tenant.
    return isStaying && (config.isIgnored || config.isStarting) ? "never" : reconcile(key, signal);
  };
}
