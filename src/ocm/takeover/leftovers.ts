import type { HelmRelease } from "../../flux/helm-release.ts";
import type { OCIRepository } from "../../flux/oci-repository.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { AccessRequest, ClusterRequest } from "../../openmcp/platform/kinds.ts";
import { isPredecessors } from "../../openmcp/platform/ownership.ts";
import { isLastHolder, isOurs, tenantLabels, tenantRequestName } from "../../openmcp/platform/tenant-access.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Store } from "../../runtime/store.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import type { PlatformStores } from "../observed.ts";
import { RELEASE_NAME, RELEASE_NAMESPACE, type TenantObjects } from "../tenant-objects.ts";

/** Name of the HelmRelease in every tenant namespace as the first releases of the Go provider chose it. */
export const FIRST_RELEASE_NAME = "helm-release";

/** Name of the OCIRepository in every tenant namespace as the first releases of the Go provider chose it. */
export const FIRST_SOURCE_NAME = "oci-repository";

/** What is cached of the objects with the first names, those of others included. */
export type LeftoverStores = {
  readonly releases: Store<HelmRelease>;
  readonly sources: Store<OCIRepository>;
};

/** What the first releases of the Go provider left in one tenant's namespace, and nobody needs any more. */
export type Leftovers = {
  readonly release: HelmRelease | undefined;
  readonly source: OCIRepository | undefined;
  /** Access to a workload cluster that was requested for each tenant, and never used for one on a control plane. */
  readonly workloadAccess: AccessRequest | undefined;
  readonly workloadRequest: ClusterRequest | undefined;
};

/** Looks in the caches for what the Go provider left, objects of others under the same names left out. */
export function findLeftovers(
  { namespace, tenant, target }: TenantObjects,
  stores: PlatformStores,
  { releases, sources }: LeftoverStores,
): Leftovers {
  const workload = { namespace, name: tenantRequestName(tenant, "workload") };
  const labels = tenantLabels(tenant, "workload");
  const ours = <T extends KubeObject>(object: T | undefined): T | undefined =>
    object !== undefined && target === "mcp" && isOurs(object, labels) ? object : undefined;
  const release = onlyPredecessors(releases.get(keyOf({ namespace, name: FIRST_RELEASE_NAME })));
  return {
    release: release !== undefined && isOfToolkit(release) ? release : undefined,
    source: onlyPredecessors(sources.get(keyOf({ namespace, name: FIRST_SOURCE_NAME }))),
    workloadAccess: ours(stores.accessRequests.get(keyOf(workload))),
    workloadRequest: ours(stores.clusterRequests.get(keyOf(workload))),
  };
}

/** Whether anything is left beside a release. */
export function isLittered({ source, workloadAccess, workloadRequest }: Leftovers): boolean {
  return source !== undefined || workloadAccess !== undefined || workloadRequest !== undefined;
}

/** Whether nothing can be done about what is left beside a release: others have to let go of it. */
export function isHeld({ source, workloadAccess, workloadRequest }: Leftovers): boolean {
  const request = workloadAccess ?? workloadRequest;
  return [source, request].every(
    (object) => object === undefined || (object.metadata.deletionTimestamp !== undefined && !isLastHolder(object)),
  );
}

function onlyPredecessors<T extends KubeObject>(object: T | undefined): T | undefined {
  return object !== undefined && isPredecessors(object, FIELD_MANAGER) ? object : undefined;
}

// Only what Helm keeps under the same name in the same place can be taken over in place.
function isOfToolkit({ spec }: HelmRelease): boolean {
  return (
    spec?.releaseName === RELEASE_NAME &&
    spec.targetNamespace === RELEASE_NAMESPACE &&
    spec.storageNamespace === RELEASE_NAMESPACE
  );
}
