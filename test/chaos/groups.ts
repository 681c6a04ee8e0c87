import { CURRENT_GROUP, EARLIER_GROUP } from "../support/kinds.ts";

/** The API groups that have OCM and ProviderConfig, the leading one first. */
export const GROUPS: readonly string[] = [CURRENT_GROUP, EARLIER_GROUP];

/** The collections of OCM objects, that of the leading group first. */
export const OCMS: readonly string[] = GROUPS.map(ocmsOf);

/** The collections of ProviderConfigs, that of the leading group first. */
export const CONFIGS: readonly string[] = GROUPS.map(configsOf);

/** The collection of CRDs. */
export const CRDS = "customresourcedefinitions.apiextensions.k8s.io";

/** The collection of OCM objects of an API group. */
export function ocmsOf(group: string = EARLIER_GROUP): string {
  return `ocms.${group}`;
}

/** The collection of ProviderConfigs of an API group. */
export function configsOf(group: string = EARLIER_GROUP): string {
  return `providerconfigs.${group}`;
}
