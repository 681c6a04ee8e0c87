import { isAtWork } from "../flux/readiness.ts";
import type { Reading } from "../openmcp/service/definition.ts";
import { keyOf } from "../runtime/key.ts";
import type { Basis } from "../runtime/rest.ts";
import type { OCM } from "./api/objects.ts";
import { recheckAfterMs, type ReconcileDeps } from "./context.ts";
import { namesOf, tenantOf } from "./names.ts";
import type { Settings } from "./settings.ts";
import { installedTarget } from "./state.ts";
import { refuseSharedCluster } from "./target-secrets.ts";

/**
 * Returns what a pass over an OCM object that is Ready depends on, beside its objects and the settings; `undefined` while
 * a kubeconfig is to be read, or the Secrets beside the toolkit's pods are to be looked at.
 */
export function basisOf(deps: BasisDeps, { ocm, namespace, read }: Resting): Basis | undefined {
  const { platform, kubeconfigReviews, targetLooks, clearedTargets, clock } = deps;
  const key = keyOf(ocm);
  const review = kubeconfigReviews.last(key);
  const look = targetLooks.get(key);
  // Where a look has left nothing, none follows before other settings want something there.
  const isLookRepeated = look !== undefined && look.names.length > 0;
  if (review === undefined || (isLookRepeated && clock.now() - look.atMs >= recheckAfterMs(read()))) {
    return undefined;
  }
  // Other tenants decide who may be on a workload cluster. A tenant without one has the control plane's request only.
  const { stores } = platform;
  const mayShare = stores.clusterRequests.inNamespace(namespace).length > 1;
  const refusal = mayShare ? refuseSharedCluster(namesOf(tenantOf(ocm), "workload"), stores)?.message : undefined;
  return [review, look, clearedTargets.has(key), refusal];
}

/**
 * Whether a pass leaves something to do: the kubeconfig is reviewed when an installation has been there for a while, and while
 * Flux is at work on a release, the tenant's objects stay in their shard, and other access stays.
 */
export function isPassing({ platform: { stores }, kubeconfigReviews }: BasisDeps, ocm: OCM): boolean {
  const tenant = tenantOf(ocm);
  const names = namesOf(tenant, installedTarget(tenant, stores));
  return kubeconfigReviews.known(names) === undefined || isAtWork(stores.helmReleases.get(keyOf(names.toolkit)));
}

type BasisDeps = Pick<ReconcileDeps, "targetLooks" | "clearedTargets"> & {
  readonly platform: Pick<ReconcileDeps["platform"], "stores">;
  readonly kubeconfigReviews: Pick<ReconcileDeps["kubeconfigReviews"], "last" | "known">;
  readonly clock: Pick<ReconcileDeps["clock"], "now">;
};

type Resting = { readonly ocm: OCM; readonly namespace: string; readonly read: () => Reading<Settings> };
