import { isTerminating, type KubeObject, type ObjectMeta, type ObjectRef } from "../../kube/object.ts";
import { apiVersionOf, groupOf } from "../../kube/resource.ts";
import { accessRequests, type AccessRequest, type TokenAccess, clusterRequests, type ClusterRequest } from "./kinds.ts";
import { MAX_LABEL_LENGTH, requestName, shorten, tenantNamespace } from "./names.ts";

/** One tenant of one controller: `name` and `namespace` are those on the onboarding cluster. */
export type Tenant = {
  /** Name under which the controller's objects are known, for example `hello.example.com`. */
  readonly controller: string;
  readonly name: string;
  readonly namespace: string;
  /**
   * Names under which access to the control plane is requested: the present one, then those under which there may be
   * requests still. Default: the controller.
   */
  readonly requesters?: Controllers;
};

/**
 * The values that the label `openmcp.cloud/managed-by` can have on a provider's objects.
 *
 * Every object gets the first one, except access to control planes: that gets the API group of the tenant's object. So
 * there are several values where the kinds of the provider had other API groups before.
 */
export type Controllers = readonly [string, ...string[]];

/** The tenant whose object this is. Access to the control plane is requested in the name of the object's API group. */
export function tenantFor({ apiVersion, metadata }: KubeObject, controllers: Controllers): Tenant {
  const { name, namespace = "" } = metadata;
  const group = groupOf(apiVersion);
  const requesters = [group, ...controllers.filter((controller) => controller !== group)] as const;
  return { controller: controllers[0], name, namespace, requesters };
}

/** The cluster a request of a tenant is for. */
export type TenantTarget = "mcp" | "workload";

/** Label whose value is the controller that an object belongs to. */
export const MANAGED_BY_LABEL = "openmcp.cloud/managed-by";

/** The label of every object that belongs to a controller. */
export function managedByLabel(controller: string): Labels {
  return { [MANAGED_BY_LABEL]: labelValue(controller) };
}

/** Selects the objects of any of some controllers. */
export function managedBy(controllers: readonly string[]): string {
  const values = controllers.map(labelValue);
  return values.length === 1
    ? `${MANAGED_BY_LABEL}=${values.join("")}`
    : `${MANAGED_BY_LABEL} in (${values.join(",")})`;
}

/** Holds ClusterRequest and AccessRequest until the provider has let go of them. */
export const ACCESS_FINALIZER = "clusters.openmcp.cloud/clusteraccess";

const suffixes: Readonly<Record<TenantTarget, string>> = { mcp: "mcp", workload: "wl" };

/** Labels of everything the provider creates on the platform for a tenant. */
export function tenantLabels(tenant: Tenant, target: TenantTarget): Readonly<Record<string, string>> {
  return {
    ...managedByLabel(tenant.controller),
    "openmcp.cloud/managed-purpose": labelValue(`${tenant.namespace}.${tenant.name}.${target}`),
    "openmcp.cloud/onboarding-name": labelValue(tenant.name),
    "openmcp.cloud/onboarding-namespace": labelValue(tenant.namespace),
  };
}

/** Name of the tenant's AccessRequest, and of its own ClusterRequest where it has one. */
export function tenantRequestName(tenant: Tenant, target: TenantTarget): string {
  return requestName(tenant.controller, tenant.name, suffixes[target]);
}

/** Where the objects of one tenant lie on the platform cluster, and how they are labelled. */
export type TenantNames = {
  readonly tenant: Tenant;
  /** The cluster that is meant. */
  readonly target: TenantTarget;
  readonly namespace: string;
  readonly labels: Labels;
  /** ClusterRequest of the control plane: the platform has made it. */
  readonly controlPlane: ObjectRef;
  /** ClusterRequest of the cluster that is meant: the control plane's, or one of the provider's own. */
  readonly clusterRequest: ObjectRef;
  readonly accessRequest: ObjectRef;
  /** Labels of the AccessRequest, then of those under other names that there may be still. */
  readonly accessLabels: readonly [Labels, ...Labels[]];
};

type Labels = Readonly<Record<string, string>>;

/** Names the objects of a tenant for one of its clusters. */
export function tenantNames(tenant: Tenant, target: TenantTarget): TenantNames {
  const namespace = tenantNamespace(tenant.name, tenant.namespace);
  const controlPlane = { namespace, name: tenant.name };
  const [requester, ...others] = requestersOf(tenant, target);
  const own = { namespace, name: tenantRequestName(requester, target) };
  return {
    tenant,
    target,
    namespace,
    labels: tenantLabels(tenant, target),
    controlPlane,
    clusterRequest: target === "mcp" ? controlPlane : own,
    accessRequest: own,
    accessLabels: [tenantLabels(requester, target), ...others.map((other) => tenantLabels(other, target))],
  };
}

// A workload cluster is known by the name of its request: under another one, another cluster would be requested.
function requestersOf(tenant: Tenant, target: TenantTarget): readonly [Tenant, ...Tenant[]] {
  const { controller, requesters = [controller] } = tenant;
  const [present, ...others] = target === "mcp" ? requesters : [controller];
  return [{ ...tenant, controller: present }, ...others.map((other) => ({ ...tenant, controller: other }))];
}

/** Requests access with the given rights to the tenant's control plane, whose ClusterRequest the platform has made. */
export function mcpAccessRequest(tenant: Tenant, token: TokenAccess): AccessRequest {
  const [requester] = requestersOf(tenant, "mcp");
  return accessRequest(requester, "mcp", { requestRef: tenant.name, token });
}

/**
 * Requests a cluster to run the tenant's workload on. The request gets what is passed on of the metadata of `origin`,
 * which is the ClusterRequest of the control plane.
 */
export function workloadClusterRequest(tenant: Tenant, origin?: ClusterRequest): ClusterRequest {
  const metadata = requestMetadata(tenant, "workload");
  const { labels, annotations } = passedOn(origin?.metadata ?? {});
  return {
    apiVersion: apiVersionOf(clusterRequests),
    kind: clusterRequests.kind,
    metadata: {
      ...metadata,
      labels: { ...labels, ...metadata.labels },
      ...(Object.keys(annotations).length > 0 && { annotations }),
    },
    spec: { purpose: "workload" },
  };
}

const PASSED_ON = "metadata.open-control-plane.io/";

/**
 * The labels and annotations that the platform passes on from a control plane to each cluster that is requested for it,
 * by way of the ClusterRequests. A provider that requests clusters of its own passes them on likewise.
 */
export function passedOn({ labels, annotations }: Pick<ObjectMeta, "labels" | "annotations">): {
  readonly labels: Labels;
  readonly annotations: Labels;
} {
  return { labels: select(labels, isPassedOn), annotations: select(annotations, isPassedOn) };
}

/** The labels that tell whose an object is: those that are passed on belong to others. */
export function withoutPassedOn(labels: Labels | undefined): Labels {
  return select(labels, (name) => !isPassedOn(name));
}

function isPassedOn(name: string): boolean {
  return name.startsWith(PASSED_ON);
}

function select(entries: Labels = {}, isMeant: (name: string) => boolean): Labels {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => isMeant(name)));
}

/** Requests access with the given rights to the tenant's workload cluster. */
export function workloadAccessRequest(tenant: Tenant, token: TokenAccess): AccessRequest {
  return accessRequest(tenant, "workload", { requestRef: tenantRequestName(tenant, "workload"), token });
}

/**
 * Tells whether an object carries all of `labels` with these values.
 *
 * One that does not was made by somebody else: it is reported and never touched.
 */
export function isOurs(object: KubeObject, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => object.metadata.labels?.[name] === value);
}

/** Tells whether a request that is being deleted waits for nobody but this provider. */
export function isLastHolder({ metadata }: KubeObject): boolean {
  const [holder, ...others] = metadata.finalizers ?? [];
  return metadata.deletionTimestamp !== undefined && holder === ACCESS_FINALIZER && others.length === 0;
}

function accessRequest(
  tenant: Tenant,
  target: TenantTarget,
  { requestRef, token }: { readonly requestRef: string; readonly token: TokenAccess },
): AccessRequest {
  const metadata = requestMetadata(tenant, target);
  return {
    apiVersion: apiVersionOf(accessRequests),
    kind: accessRequests.kind,
    metadata,
    spec: { requestRef: { name: requestRef, namespace: metadata.namespace }, token },
  };
}

function requestMetadata(
  tenant: Tenant,
  target: TenantTarget,
): AccessRequest["metadata"] & { readonly namespace: string } {
  return {
    name: tenantRequestName(tenant, target),
    namespace: tenantNamespace(tenant.name, tenant.namespace),
    labels: tenantLabels(tenant, target),
    finalizers: [ACCESS_FINALIZER],
  };
}

function labelValue(text: string): string {
  return shorten(text, MAX_LABEL_LENGTH);
}

/** Whether credentials can be used, and if not, what is missing. */
export type AccessState =
  | { readonly state: "granted"; readonly secretName: string; readonly message: string }
  | { readonly state: "absent" | "pending" | "denied"; readonly message: string };

/**
 * Reads whether the current spec of an AccessRequest has been granted.
 *
 * A grant of an older generation is for other permissions, and a refusal of an older one may have been lifted by the
 * change: both are pending. So is what is being deleted: the platform takes the rights away first.
 */
export function accessState(request: AccessRequest | undefined): AccessState {
  if (request === undefined) {
    return { state: "absent", message: "access has not been requested yet" };
  }
  const subject = `AccessRequest "${request.metadata.name}"`;
  const { status } = request;
  if (isTerminating(request)) {
    return { state: "pending", message: `${subject} is being deleted` };
  }
  if (status === undefined || status.observedGeneration !== request.metadata.generation) {
    return { state: "pending", message: `${subject} has not been processed yet` };
  }
  if (status.phase === "Denied") {
    return { state: "denied", message: `${subject} was denied${because(request)}` };
  }
  if (status.phase !== "Granted") {
    return { state: "pending", message: `${subject} is ${status.phase}${because(request)}` };
  }
  const secretName = status.secretRef?.name ?? "";
  return secretName === ""
    ? { state: "pending", message: `${subject} is granted but names no secret yet` }
    : { state: "granted", secretName, message: `${subject} is granted` };
}

/** Whether a ClusterRequest has been given a cluster, and if not, what is missing. */
export type ClusterState = { readonly state: "granted" | "absent" | "pending" | "denied"; readonly message: string };

/** Reads whether a ClusterRequest has been granted. Its spec cannot change, so generations do not matter. */
export function clusterState(request: ClusterRequest | undefined): ClusterState {
  if (request === undefined) {
    return { state: "absent", message: "no cluster has been requested yet" };
  }
  const subject = `ClusterRequest "${request.metadata.name}"`;
  switch (request.status?.phase) {
    case "Granted":
      return { state: "granted", message: `${subject} is granted` };
    case "Denied":
      return { state: "denied", message: `${subject} was denied${because(request)}` };
    default:
      return {
        state: "pending",
        message: `${subject} is ${request.status?.phase ?? "not processed yet"}${because(request)}`,
      };
  }
}

// The platform explains a refusal in its conditions; the first one that is not True names the cause.
function because(request: AccessRequest | ClusterRequest): string {
  const failing = request.status?.conditions?.find(({ status, message }) => status !== "True" && message !== "");
  return failing === undefined ? "" : `: ${failing.message}`;
}
