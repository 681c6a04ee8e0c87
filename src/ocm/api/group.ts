/** API group that OCM and ProviderConfig have on today's platform. */
export const CURRENT_GROUP = "ocm.services.open-control-plane.io";

/** API group that OCM and ProviderConfig had before the platform was renamed. */
export const EARLIER_GROUP = "ocm.services.openmcp.cloud";

/** Every API group that has OCM and ProviderConfig, the leading one first. */
export const OCM_GROUPS: readonly [string, string] = [CURRENT_GROUP, EARLIER_GROUP];

/** API group of the objects that are served. Every name that derives from the group starts here. */
export const OCM_GROUP: string = OCM_GROUPS[1];

/** The version that is served and stored. */
export const OCM_VERSION = "v1alpha1";
