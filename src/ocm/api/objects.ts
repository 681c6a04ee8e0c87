import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import type { OCMSpec, OCMStatus, ProviderConfigSpec, ProviderConfigStatus } from "./api.generated.ts";
import { OCM_GROUP, OCM_VERSION } from "./group.ts";

/** Asks for the toolkit on the control plane of the same name and namespace; lives on the onboarding cluster. */
export type OCM = KubeObject & { readonly spec: Readonly<OCMSpec>; readonly status?: Readonly<OCMStatus> };

/** How this provider installs; lives on the platform cluster, and counts when its name is the provider's. */
export type ProviderConfig = KubeObject & {
  readonly spec?: Readonly<ProviderConfigSpec>;
  readonly status?: Readonly<ProviderConfigStatus>;
};

/** The resource of `OCM`. */
export const ocms: Resource<OCM> = {
  group: OCM_GROUP,
  version: OCM_VERSION,
  kind: "OCM",
  plural: "ocms",
  namespaced: true,
};

/** The resource of `ProviderConfig`. */
export const providerConfigs: Resource<ProviderConfig> = {
  group: OCM_GROUP,
  version: OCM_VERSION,
  kind: "ProviderConfig",
  plural: "providerconfigs",
  namespaced: false,
};
