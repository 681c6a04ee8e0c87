import { buildHelmRelease, type HelmRelease, type ReleaseTarget } from "../flux/helm-release.ts";
import { RELEASE_NAME, RELEASE_NAMESPACE, type TenantObjects, TOOLKIT_NAME } from "./tenant-objects.ts";

/** Builds the HelmRelease of a tenant's toolkit; its names are the same for every tenant. */
export function toolkitRelease(
  { toolkit, labels }: TenantObjects,
  target: Omit<ReleaseTarget, "chartName" | "releaseName" | "targetNamespace">,
): HelmRelease {
  return buildHelmRelease(
    { ...toolkit, labels },
    { chartName: TOOLKIT_NAME, releaseName: RELEASE_NAME, targetNamespace: RELEASE_NAMESPACE, ...target },
  );
}
