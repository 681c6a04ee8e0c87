import type { Condition, KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";

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
};
