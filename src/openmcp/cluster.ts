import type { Condition, KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";

/** A cluster the platform manages, as far as a provider looks at it. */
export type Cluster = KubeObject & {
  readonly spec: {
    readonly profile: string;
    readonly tenancy: "Exclusive" | "Shared";
    readonly purposes?: readonly string[];
  };
  readonly status?: {
    readonly phase: string;
    readonly observedGeneration: number;
    readonly conditions?: readonly Condition[];
    readonly apiServer?: string;
  };
};

/** Clusters live on the platform cluster. */
export const clusters: Resource<Cluster> = {
  group: "clusters.openmcp.cloud",
  version: "v1alpha1",
  kind: "Cluster",
  plural: "clusters",
  namespaced: true,
};
