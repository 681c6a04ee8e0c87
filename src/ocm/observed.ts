import type { OCIRepository } from "../flux/oci-repository.ts";
import type { HelmRelease } from "../flux/helm-release.ts";
import type { Secret } from "../kube/core.ts";
import type { AccessRequest, ClusterRequest } from "../openmcp/platform/kinds.ts";
import { isManaged } from "../openmcp/platform/ownership.ts";
import type { KubeObject } from "../kube/object.ts";
import { keyOf } from "../runtime/key.ts";
import type { Store } from "../runtime/store.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import type { TenantObjects } from "./tenant-objects.ts";

/** The caches of the platform cluster. */
export type PlatformStores = {
  readonly clusterRequests: Store<ClusterRequest>;
  /** Only those with our label. */
  readonly accessRequests: Store<AccessRequest>;
  /** Only copies with our label. */
  readonly secretCopies: Store<Secret>;
  readonly ociRepositories: Store<OCIRepository>;
  readonly helmReleases: Store<HelmRelease>;
};

/** What the caches say about one tenant. Objects of others under our names are left out. */
export type Observed = {
  /** That of the cluster for which the toolkit is. */
  readonly clusterRequest: ClusterRequest | undefined;
  readonly accessRequest: AccessRequest | undefined;
  readonly copies: readonly Secret[];
  readonly source: OCIRepository | undefined;
  readonly release: HelmRelease | undefined;
};

/** Looks a tenant up in the caches. */
export function observe(stores: PlatformStores, objects: TenantObjects): Observed {
  return {
    clusterRequest: stores.clusterRequests.get(keyOf(objects.clusterRequest)),
    accessRequest: onlyOurs(stores.accessRequests.get(keyOf(objects.accessRequest)), objects),
    copies: stores.secretCopies.inNamespace(objects.namespace).filter((copy) => onlyOurs(copy, objects) !== undefined),
    source: onlyOurs(stores.ociRepositories.get(keyOf(objects.toolkit)), objects),
    release: onlyOurs(stores.helmReleases.get(keyOf(objects.toolkit)), objects),
  };
}

/** Whether the platform has the control plane, and is not about to end it. Otherwise nothing is created for its tenant. */
export function isOrdered({ controlPlane }: TenantObjects, { clusterRequests }: PlatformStores): boolean {
  const request = clusterRequests.get(keyOf(controlPlane));
  return request !== undefined && request.metadata.deletionTimestamp === undefined;
}

/** Returns the object if this provider made it. */
export function onlyOurs<T extends KubeObject>(object: T | undefined, { labels }: TenantObjects): T | undefined {
  return object !== undefined && isManaged(object, { labels, fieldManager: FIELD_MANAGER }) ? object : undefined;
}
