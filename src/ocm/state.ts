import type { HelmRelease } from "../flux/helm-release.ts";
import type { OCIRepository } from "../flux/oci-repository.ts";
import type { KubeClient } from "../kube/client.ts";
import type { Secret } from "../kube/core.ts";
import type { KubeObject } from "../kube/object.ts";
import type { AccessRequest, ClusterRequest } from "../openmcp/platform/kinds.ts";
import { hasApplied, isPredecessors, type Marks, onlyManaged } from "../openmcp/platform/ownership.ts";
import { isOurs, type Tenant, type TenantTarget } from "../openmcp/platform/tenant-access.ts";
import { accessRequestsOf, type AccessSituation, ObservedAccess } from "../openmcp/service/observed-access.ts";
import { keyOf } from "../runtime/key.ts";
import type { Store } from "../runtime/store.ts";
import { ANNOTATIONS, EARLIER_MARKS } from "./annotations.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { namesOf, type Names } from "./names.ts";

/** The caches of the platform cluster. */
export type PlatformStores = {
  readonly clusterRequests: Store<ClusterRequest>;
  /** Only those with our label. */
  readonly accessRequests: Store<AccessRequest>;
  /** Only copies with our label. */
  readonly secretCopies: Store<Secret>;
  readonly ociRepositories: Store<OCIRepository>;
  /** The OCIRepositories by which Flux looks for other tags. */
  readonly lookups: Store<OCIRepository>;
  readonly helmReleases: Store<HelmRelease>;
};

/** The platform cluster: its API and what is cached of it. */
export type Platform = { readonly client: KubeClient; readonly stores: PlatformStores };

/** What the caches say about one tenant. Objects of others under our names are left out. */
export type State = AccessSituation & {
  readonly copies: readonly Secret[];
  readonly source: OCIRepository | undefined;
  /** The OCIRepository by which Flux looks for another tag. */
  readonly lookup: OCIRepository | undefined;
  readonly release: HelmRelease | undefined;
};

/** A tenant as the caches show it. Each object is looked up when it is asked for: most questions are about one of them. */
export class ObservedState extends ObservedAccess implements State {
  readonly #stores: PlatformStores;
  readonly #names: Names;
  readonly #marks: Marks;

  constructor(stores: PlatformStores, names: Names) {
    super(stores, { names, fieldManager: FIELD_MANAGER });
    this.#stores = stores;
    this.#names = names;
    this.#marks = { labels: names.labels, fieldManager: FIELD_MANAGER };
  }

  get copies(): readonly Secret[] {
    const found = this.#stores.secretCopies.inNamespace(this.#names.namespace);
    return found.filter((copy) => onlyManaged(copy, this.#marks) !== undefined);
  }

  get source(): OCIRepository | undefined {
    return onlyManaged(this.#stores.ociRepositories.get(keyOf(this.#names.toolkit)), this.#marks);
  }

  get lookup(): OCIRepository | undefined {
    return onlyManaged(this.#stores.lookups.get(keyOf(this.#names.lookup)), this.#marks);
  }

  get release(): HelmRelease | undefined {
    return onlyManaged(this.#stores.helmReleases.get(keyOf(this.#names.toolkit)), this.#marks);
  }

  /** The same with another HelmRelease than the cache has. */
  withRelease(release: HelmRelease | undefined): State {
    return Object.defineProperty(new ObservedState(this.#stores, this.#names), "release", { value: release });
  }
}

/** The clusters on which a toolkit can be. */
export const TARGETS: readonly TenantTarget[] = ["mcp", "workload"];

/**
 * Tells on which cluster the installation of a tenant has been begun; undefined when there is none.
 *
 * An installation stays there, whatever the settings say later: a HelmRelease that is written for another cluster would
 * leave the toolkit behind on this one.
 */
export function installedTarget(tenant: Tenant, stores: PlatformStores): TenantTarget | undefined {
  const isOn = (target: TenantTarget): boolean => isToolkitOn(namesOf(tenant, target), stores);
  const isRequested = (target: TenantTarget): boolean => isAccessRequested(namesOf(tenant, target), stores);
  return TARGETS.find(isOn) ?? TARGETS.find(isRequested);
}

function isToolkitOn({ toolkit, labels, target }: Names, stores: PlatformStores): boolean {
  const source = stores.ociRepositories.get(keyOf(toolkit));
  const hasLabels = (object: KubeObject | undefined): boolean => object !== undefined && isOurs(object, labels);
  return (
    source?.metadata.annotations?.[ANNOTATIONS.installedOn] === target ||
    hasLabels(stores.helmReleases.get(keyOf(toolkit))) ||
    hasLabels(source)
  );
}

// The Go provider requested a workload cluster for every tenant, and installed nothing there.
function isAccessRequested(names: Names, { accessRequests, clusterRequests }: PlatformStores): boolean {
  const requested = accessRequestsOf({ accessRequests, fieldManager: FIELD_MANAGER }, names);
  if (names.target === "mcp") {
    return requested.length > 0;
  }
  const requests: readonly (KubeObject | undefined)[] = [
    ...requested,
    clusterRequests.get(keyOf(names.clusterRequest)),
  ];
  return requests.some((request) => request !== undefined && hasApplied(request, FIELD_MANAGER));
}

/**
 * Whether there may be a Helm release or a Secret of ours on the target.
 *
 * Earlier versions of this provider marked an OCIRepository only at times, and the Go provider never: with them the
 * HelmRelease tells as well.
 */
export function isMarked(state: Pick<State, "source" | "release" | "accessRequests">): boolean {
  const { source, release } = state;
  const annotations = source?.metadata.annotations ?? {};
  const isPredecessor = source !== undefined && isPredecessors(source, FIELD_MANAGER);
  return (
    isPredecessor ||
    release !== undefined ||
    EARLIER_MARKS.some((mark) => mark in annotations) ||
    (ANNOTATIONS.installedOn in annotations && !isUntouched(state))
  );
}

/** Whether the tenant's access is the first one, and no kubeconfig was ever handed out for it. */
export function isUntouched({ accessRequests }: Pick<State, "accessRequests">): boolean {
  return (
    accessRequests.length > 0 &&
    accessRequests.every((request) => isFirstAccess(request) && request.status?.secretRef === undefined)
  );
}

/** Whether nothing of ours was on the cluster when this access was requested. */
export function isFirstAccess({ metadata: { annotations = {} } }: AccessRequest): boolean {
  return ANNOTATIONS.firstAccess in annotations;
}
