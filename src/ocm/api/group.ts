/** API group that OCM and ProviderConfig have on today's platform. */
export const CURRENT_GROUP = "ocm.services.open-control-plane.io";

/** API group that OCM and ProviderConfig had before the platform was renamed. */
export const EARLIER_GROUP = "ocm.services.openmcp.cloud";

/** Every API group that has OCM and ProviderConfig, the leading one first. */
export const OCM_GROUPS: readonly [string, string] = [CURRENT_GROUP, EARLIER_GROUP];

/**
 * Marks what belongs to an installation: value of the label `openmcp.cloud/managed-by`, and prefix of annotations.
 *
 * The mark is a constant, because an installation stays the same when the tenant's object changes its group. Another value
 * would rewrite every object of a tenant, restart the toolkit's pods, and be unknown to earlier versions.
 */
export const INSTALLATION_MARK: string = OCM_GROUPS[1];

/** The version that is served and stored. */
export const OCM_VERSION = "v1alpha1";
