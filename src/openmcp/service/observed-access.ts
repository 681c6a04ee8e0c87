import { isTerminating } from "../../kube/object.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Store } from "../../runtime/store.ts";
import type { AccessRequest, ClusterRequest } from "../platform/kinds.ts";
import { isManaged } from "../platform/ownership.ts";
import { accessState, type AccessState, isOurs, type TenantNames } from "../platform/tenant-access.ts";

/** What the caches say about the control plane of a tenant, and about the access to the cluster that is meant. */
export type AccessSituation = {
  /** Whether the platform has the control plane, and does not end it: otherwise nothing is created for its tenant. */
  readonly controlPlane: "present" | "terminating" | "absent";
  readonly clusterRequest: ClusterRequest | undefined;
  /** The AccessRequest that is in use: the present one, or another one as long as only that is granted. */
  readonly accessRequest: AccessRequest | undefined;
  readonly access: AccessState;
  /** Says that the access under the present name is denied, while another one is in use. */
  readonly refusal?: string | undefined;
  /** All AccessRequests for the cluster, under whichever names. */
  readonly accessRequests: readonly AccessRequest[];
};

/** The caches in which the access of tenants is looked up. */
type AccessStores = {
  readonly clusterRequests: Store<ClusterRequest>;
  readonly accessRequests: Store<AccessRequest>;
};

type InUse = {
  readonly request: AccessRequest | undefined;
  readonly access: AccessState;
  readonly refusal: string | undefined;
};

/**
 * The access of a tenant as the caches show it, each part looked up when it is asked for. Objects of others under the
 * tenant's names are left out.
 */
export class ObservedAccess implements AccessSituation {
  readonly #on: AccessStores;
  readonly #names: TenantNames;
  readonly #fieldManager: string;
  #inUse: InUse | undefined;

  constructor(
    on: AccessStores,
    { names, fieldManager }: { readonly names: TenantNames; readonly fieldManager: string },
  ) {
    this.#on = on;
    this.#names = names;
    this.#fieldManager = fieldManager;
  }

  get controlPlane(): AccessSituation["controlPlane"] {
    const plane = this.#on.clusterRequests.get(keyOf(this.#names.controlPlane));
    return plane === undefined ? "absent" : isTerminating(plane) ? "terminating" : "present";
  }

  get clusterRequest(): ClusterRequest | undefined {
    return this.#on.clusterRequests.get(keyOf(this.#names.clusterRequest));
  }

  get accessRequests(): readonly AccessRequest[] {
    return accessRequestsOf({ ...this.#on, fieldManager: this.#fieldManager }, this.#names);
  }

  get accessRequest(): AccessRequest | undefined {
    return this.#used.request;
  }

  get access(): AccessState {
    return this.#used.access;
  }

  get refusal(): string | undefined {
    return this.#used.refusal;
  }

  get #used(): InUse {
    this.#inUse ??= inUse(this.accessRequests, this.clusterRequest, this.#names);
    return this.#inUse;
  }
}

function inUse(
  requests: readonly AccessRequest[],
  clusterRequest: ClusterRequest | undefined,
  names: TenantNames,
): InUse {
  const states = requests.map((request) => ({ request, access: stateOf(request, clusterRequest) }));
  const present = states.find(({ request }) => request.metadata.name === names.accessRequest.name);
  const { request, access } = [present, ...states].find((one) => one?.access.state === "granted") ??
    present ?? { request: undefined, access: accessState(undefined) };
  const isRefused = access.state === "granted" && present?.access.state === "denied";
  return { request, access, refusal: isRefused ? present.access.message : undefined };
}

/** The AccessRequests of a tenant for one cluster, under whichever names. */
export function accessRequestsOf(
  { accessRequests: store, fieldManager }: Pick<AccessStores, "accessRequests"> & { readonly fieldManager: string },
  names: TenantNames,
): readonly AccessRequest[] {
  return store.inNamespace(names.namespace).filter((request) => isAccessOf(names, request, fieldManager));
}

/** Tells whether an AccessRequest is one of a tenant for one cluster: by its name, or by its labels under another one. */
export function isAccessOf(
  { accessRequest: { name }, accessLabels }: TenantNames,
  request: AccessRequest,
  fieldManager: string,
): boolean {
  const [labels] = accessLabels;
  return request.metadata.name === name
    ? isManaged(request, { labels, fieldManager })
    : accessLabels.some((others) => isOurs(request, others));
}

function stateOf(request: AccessRequest, cluster: ClusterRequest | undefined): AccessState {
  const message = `AccessRequest "${request.metadata.name}" is for a cluster that has been replaced`;
  return isForAnotherCluster(cluster, request) ? { state: "pending", message } : accessState(request);
}

/**
 * Tells whether an AccessRequest is for another cluster than the ClusterRequest has now, which was deleted and made anew: an
 * AccessRequest keeps the cluster that it was granted for.
 */
export function isForAnotherCluster(clusterRequest: ClusterRequest | undefined, accessRequest: AccessRequest): boolean {
  const [granted, present] = [accessRequest.spec.clusterRef, clusterRequest?.status?.cluster];
  return (
    granted !== undefined &&
    present !== undefined &&
    (granted.name !== present.name || granted.namespace !== present.namespace)
  );
}
