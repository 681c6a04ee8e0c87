import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { OCMSpec, OCMStatus, ProviderConfigSpec, ProviderConfigStatus } from "./api.generated.ts";
import { OCM_VERSION } from "./group.ts";

/** Asks for the toolkit on the control plane of the same name and namespace; lives on the onboarding cluster. */
export type OCM = KubeObject & { readonly spec: Readonly<OCMSpec>; readonly status?: Readonly<OCMStatus> };

/** How this provider installs; lives on the platform cluster, and counts when its name is the provider's. */
export type ProviderConfig = KubeObject & {
  readonly spec?: Readonly<ProviderConfigSpec>;
  readonly status?: Readonly<ProviderConfigStatus>;
};

/** Returns the resources of both kinds in an API group. */
export function resourcesOf(group: string): {
  readonly resource: Resource<OCM>;
  readonly configResource: Resource<ProviderConfig>;
} {
  const version = OCM_VERSION;
  return {
    resource: { group, version, kind: "OCM", plural: "ocms", namespaced: true },
    configResource: { group, version, kind: "ProviderConfig", plural: "providerconfigs", namespaced: false },
  };
}
