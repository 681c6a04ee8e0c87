/** API group of OCM and ProviderConfig. Every name that derives from the group starts here. */
export const OCM_GROUP = "ocm.services.openmcp.cloud";

/** The version that is served and stored. */
export const OCM_VERSION = "v1alpha1";
