import type { OCIRepository } from "../flux/oci-repository.ts";
import type { HelmRelease } from "../flux/helm-release.ts";
import type { Secret } from "../kube/core.ts";
import type { AccessRequest } from "../openmcp/access-request.ts";
import type { ClusterRequest } from "../openmcp/cluster-request.ts";
import { keyOf } from "../runtime/key.ts";
import type { Store } from "../runtime/store.ts";
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

/** What the caches say about one tenant. */
export type Observed = {
  readonly clusterRequest: ClusterRequest | undefined;
  readonly accessRequest: AccessRequest | undefined;
  readonly copies: readonly Secret[];
  readonly source: OCIRepository | undefined;
  readonly release: HelmRelease | undefined;
};

/** Looks a tenant up in the caches. What lies under our names and is not ours is in there too. */
export function observe(stores: PlatformStores, objects: TenantObjects): Observed {
  return {
    clusterRequest: stores.clusterRequests.get(keyOf(objects.clusterRequest)),
    accessRequest: stores.accessRequests.get(keyOf(objects.accessRequest)),
    copies: stores.secretCopies.inNamespace(objects.namespace),
    source: stores.ociRepositories.get(keyOf(objects.toolkit)),
    release: stores.helmReleases.get(keyOf(objects.toolkit)),
  };
}
