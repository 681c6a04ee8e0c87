import { helmReleases } from "../flux/helm-release.ts";
import { ociRepositories } from "../flux/oci-repository.ts";
import type { Clock } from "../kube/clock.ts";
import type { KubeClient } from "../kube/client.ts";
import { secrets } from "../kube/core.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { accessRequests, clusterRequests } from "../openmcp/platform/kinds.ts";
import { MANAGED_BY_LABEL } from "../openmcp/platform/tenant-access.ts";
import { Informer, type InformerOptions } from "../runtime/informer.ts";
import { keepOwnManagedFields } from "../runtime/managed-fields.ts";
import type { Log } from "../runtime/log.ts";
import { OCM_GROUP } from "./api/group.ts";
import { providerConfigs, type ProviderConfig } from "./api/objects.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import type { PlatformStores } from "./state.ts";
import type { LeftoverStores } from "./context.ts";
import { FIRST_RELEASE_NAME, FIRST_SOURCE_NAME, TOOLKIT_NAME } from "./tenant-objects.ts";

/** What informers are made of, whatever they follow. */
export type InformerBase = {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly onContact: () => void;
};

/** An informer as far as the kind of its objects does not matter. */
export type Following = Pick<Informer<KubeObject>, "run" | "synced" | "failure"> & {
  readonly resource: Resource;
  readonly store: { onChange(listener: (change: { readonly key: string }) => void): () => void };
};

/** The watches on the platform cluster. */
export type PlatformInformers = {
  readonly stores: PlatformStores;
  /** What an earlier provider left under its first names. */
  readonly leftovers: LeftoverStores;
  readonly providerConfigs: Informer<ProviderConfig>;
  /** Those of the tenants' objects: a change concerns the tenant of its namespace. */
  readonly tenantObjects: readonly Following[];
};

/**
 * Sets up the watches on the platform cluster.
 *
 * Each is as narrow as the API allows: by our label, or by the one name our objects have.
 */
export function createPlatformInformers(base: InformerBase): PlatformInformers {
  const follow = <T extends KubeObject>(
    resource: Resource<T>,
    scope: Pick<InformerOptions<T>, "labelSelector" | "fieldSelector">,
  ): Informer<T> => new Informer<T>({ ...base, resource, project: keepOwnManagedFields<T>(FIELD_MANAGER), ...scope });
  const ours = { labelSelector: `${MANAGED_BY_LABEL}=${OCM_GROUP}` };
  const informers = {
    clusterRequests: follow(clusterRequests, {}),
    accessRequests: follow(accessRequests, ours),
    secretCopies: follow(secrets, ours),
    ociRepositories: follow(ociRepositories, named(TOOLKIT_NAME)),
    helmReleases: follow(helmReleases, named(TOOLKIT_NAME)),
    firstSources: follow(ociRepositories, named(FIRST_SOURCE_NAME)),
    firstReleases: follow(helmReleases, named(FIRST_RELEASE_NAME)),
  };
  return {
    stores: {
      clusterRequests: informers.clusterRequests.store,
      accessRequests: informers.accessRequests.store,
      secretCopies: informers.secretCopies.store,
      ociRepositories: informers.ociRepositories.store,
      helmReleases: informers.helmReleases.store,
    },
    leftovers: { sources: informers.firstSources.store, releases: informers.firstReleases.store },
    providerConfigs: follow(providerConfigs, {}),
    tenantObjects: Object.values(informers),
  };
}

function named(name: string): { readonly fieldSelector: string } {
  return { fieldSelector: `metadata.name=${name}` };
}
