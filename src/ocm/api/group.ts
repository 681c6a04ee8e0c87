/** API group that OCM and ProviderConfig have on today's platform. */
export const CURRENT_GROUP = "ocm.services.open-control-plane.io";

/** API group that OCM and ProviderConfig had before the platform was renamed. */
export const EARLIER_GROUP = "ocm.services.openmcp.cloud";

/** Every API group that has OCM and ProviderConfig, the leading one first. */
export const OCM_GROUPS: readonly [string, string] = [CURRENT_GROUP, EARLIER_GROUP];

/**
 * Marks what belongs to an installation: value of the label `openmcp.cloud/managed-by`, and prefix of annotations.
 *
 * The mark does not follow the group: of whichever group the object of a tenant is, the installation is the same. Another
 * value would rewrite every object of a tenant and restart the toolkit's pods, and earlier versions would not know it.
 */
export const INSTALLATION_MARK: string = OCM_GROUPS[1];

/** The version that is served and stored. */
export const OCM_VERSION = "v1alpha1";
