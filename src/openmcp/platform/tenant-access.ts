import { isTerminating, type KubeObject, type ObjectRef } from "../../kube/object.ts";
import { apiVersionOf } from "../../kube/resource.ts";
import { accessRequests, type AccessRequest, type TokenAccess, clusterRequests, type ClusterRequest } from "./kinds.ts";
import { MAX_LABEL_LENGTH, requestName, shorten, tenantNamespace } from "./names.ts";

/** One tenant of one controller: `name` and `namespace` are those on the onboarding cluster. */
export type Tenant = {
  /** Name under which the controller's requests are known, for example `hello.example.com`. */
  readonly controller: string;
  readonly name: string;
  readonly namespace: string;
};

/** The cluster a request of a tenant is for. */
export type TenantTarget = "mcp" | "workload";

/** Label whose value is the controller that an object belongs to. */
export const MANAGED_BY_LABEL = "openmcp.cloud/managed-by";

/** Holds ClusterRequest and AccessRequest until the provider has let go of them. */
export const ACCESS_FINALIZER = "clusters.openmcp.cloud/clusteraccess";

const suffixes: Readonly<Record<TenantTarget, string>> = { mcp: "mcp", workload: "wl" };

/** Labels of everything the provider creates on the platform for a tenant. */
export function tenantLabels(tenant: Tenant, target: TenantTarget): Readonly<Record<string, string>> {
  return {
    [MANAGED_BY_LABEL]: labelValue(tenant.controller),
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
  readonly labels: Readonly<Record<string, string>>;
  /** ClusterRequest of the control plane: the platform has made it. */
  readonly controlPlane: ObjectRef;
  /** ClusterRequest of the cluster that is meant: the control plane's, or one of the provider's own. */
  readonly clusterRequest: ObjectRef;
  readonly accessRequest: ObjectRef;
};

/** Names the objects of a tenant for one of its clusters. */
export function tenantNames(tenant: Tenant, target: TenantTarget): TenantNames {
  const namespace = tenantNamespace(tenant.name, tenant.namespace);
  const controlPlane = { namespace, name: tenant.name };
  const own = { namespace, name: tenantRequestName(tenant, target) };
  const labels = tenantLabels(tenant, target);
  const clusterRequest = target === "mcp" ? controlPlane : own;
  return { tenant, target, namespace, labels, controlPlane, clusterRequest, accessRequest: own };
}

/** Requests access with the given rights to the tenant's control plane, whose ClusterRequest the platform has made. */
export function mcpAccessRequest(tenant: Tenant, token: TokenAccess): AccessRequest {
  return accessRequest(tenant, "mcp", { requestRef: tenant.name, token });
}

/** Requests a cluster to run the tenant's workload on. */
export function workloadClusterRequest(tenant: Tenant): ClusterRequest {
  return {
    apiVersion: apiVersionOf(clusterRequests),
    kind: clusterRequests.kind,
    metadata: requestMetadata(tenant, "workload"),
    spec: { purpose: "workload" },
  };
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
