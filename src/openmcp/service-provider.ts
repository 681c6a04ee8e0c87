import type { Condition, KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";

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
