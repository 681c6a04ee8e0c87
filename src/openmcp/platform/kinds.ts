import type { Condition, KubeObject } from "../../kube/object.ts";
import type { ContentShape, Resource } from "../../kube/resource.ts";

/** Asks the platform for a cluster. Its whole spec is immutable. */
export type ClusterRequest = KubeObject & {
  readonly spec: {
    /** `platform`, `onboarding`, `mcp`, `workload`, or one the operator of the platform has made up. */
    readonly purpose: string;
    readonly waitForClusterDeletion?: boolean;
  };
  readonly status?: {
    readonly phase: string;
    readonly observedGeneration: number;
    readonly conditions?: readonly Condition[];
    /** The assigned cluster, which may not be ready yet. */
    readonly cluster?: { readonly name: string; readonly namespace: string };
  };
};

/** ClusterRequests live on the platform cluster. */
export const clusterRequests: Resource<ClusterRequest> = {
  group: "clusters.openmcp.cloud",
  version: "v1alpha1",
  kind: "ClusterRequest",
  plural: "clusterrequests",
  namespaced: true,
  kept: {
    spec: true,
    status: { phase: true, observedGeneration: true, conditions: true, cluster: { name: true, namespace: true } },
  } satisfies ContentShape<ClusterRequest>,
};

/** `rbacv1.PolicyRule`. */
export type PolicyRule = {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
};

/** Rules granted in one namespace, or cluster-wide without `namespace`. */
export type Permission = {
  readonly name?: string;
  readonly namespace?: string;
  readonly rules: readonly PolicyRule[];
};

/** An existing role the token's user is bound to. */
export type RoleRef = {
  readonly kind: "Role" | "ClusterRole";
  readonly name: string;
  readonly namespace?: string;
};

/** What a token may do. */
export type TokenAccess = {
  readonly permissions?: readonly Permission[];
  readonly roleRefs?: readonly RoleRef[];
};

type NamespacedRef = { readonly name: string; readonly namespace: string };

/** Asks the platform for credentials of a cluster, which it writes into a Secret of the same namespace. */
export type AccessRequest = KubeObject & {
  readonly spec: {
    /** Filled in by the platform; wins over `requestRef`. Both are immutable once set. */
    readonly clusterRef?: NamespacedRef;
    readonly requestRef?: NamespacedRef;
    readonly token?: TokenAccess;
    readonly ttl?: string;
  };
  readonly status?: {
    readonly phase: string;
    readonly observedGeneration: number;
    readonly conditions?: readonly Condition[];
    readonly secretRef?: { readonly name: string };
  };
};

/** AccessRequests live on the platform cluster. */
export const accessRequests: Resource<AccessRequest> = {
  group: "clusters.openmcp.cloud",
  version: "v1alpha1",
  kind: "AccessRequest",
  plural: "accessrequests",
  namespaced: true,
  kept: {
    spec: true,
    status: { phase: true, observedGeneration: true, conditions: true, secretRef: { name: true } },
  } satisfies ContentShape<AccessRequest>,
};

/** Key of the kubeconfig in the Secret of a granted AccessRequest. */
export const KUBECONFIG_KEY = "kubeconfig";

/** One kind of end-user object that a provider is responsible for. */
export type ProvidedResource = { readonly group: string; readonly version: string; readonly kind: string };

/** The operator's record of one service provider, as far as the provider itself looks at it. */
export type ServiceProvider = KubeObject & {
  readonly status?: {
    readonly observedGeneration?: number;
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
    /** What the operator deletes, and waits for, before it deletes a control plane. */
    readonly resources?: readonly ProvidedResource[];
  };
};

/** ServiceProviders live on the platform cluster. */
export const serviceProviders: Resource<ServiceProvider> = {
  group: "openmcp.cloud",
  version: "v1alpha1",
  kind: "ServiceProvider",
  plural: "serviceproviders",
  namespaced: false,
};
