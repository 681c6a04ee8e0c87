/** A wish for a cluster. */
export const clusterRequestType = { apiVersion: "clusters.openmcp.cloud/v1alpha1", kind: "ClusterRequest" } as const;

/** A wish for access to one. */
export const accessRequestType = { apiVersion: "clusters.openmcp.cloud/v1alpha1", kind: "AccessRequest" } as const;

/** A cluster. */
export const clusterType = { apiVersion: "clusters.openmcp.cloud/v1alpha1", kind: "Cluster" } as const;

/** A service provider as the operator runs it. */
export const serviceProviderType = { apiVersion: "openmcp.cloud/v1alpha1", kind: "ServiceProvider" } as const;

/** The order of a control plane, on the onboarding cluster. */
export const controlPlaneType = { apiVersion: "core.open-control-plane.io/v2alpha1", kind: "ControlPlane" } as const;

/** Where the platform's own parts live. */
export const PLATFORM_NAMESPACE = "openmcp-system";
