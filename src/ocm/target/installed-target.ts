import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import type { TenantTarget } from "../../openmcp/platform/tenant-access.ts";
import { keyOf } from "../../runtime/key.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { onlyOurs, type PlatformStores } from "../observed.ts";
import { tenantObjectsOf } from "../tenant-objects.ts";

const TARGETS: readonly TenantTarget[] = ["mcp", "workload"];

/**
 * Tells on which cluster the installation of an OCM object has been begun; undefined when there is none.
 *
 * It stays there, whatever the settings say later: to write its release for another cluster would leave it behind on
 * this one.
 */
export function installedTarget(ocm: ObjectRef, stores: PlatformStores): TenantTarget | undefined {
  return (
    TARGETS.find((target) => isToolkitOn(target, ocm, stores)) ??
    TARGETS.find((target) => isAccessRequested(target, ocm, stores))
  );
}

function isToolkitOn(target: TenantTarget, ocm: ObjectRef, { helmReleases, ociRepositories }: PlatformStores): boolean {
  const { toolkit, labels } = tenantObjectsOf(ocm, target);
  const found = [helmReleases.get(keyOf(toolkit)), ociRepositories.get(keyOf(toolkit))];
  return found.some(
    (object) =>
      object !== undefined && Object.entries(labels).every(([name, value]) => object.metadata.labels?.[name] === value),
  );
}

// An earlier provider requested a workload cluster for every tenant, and installed nothing there.
function isAccessRequested(target: TenantTarget, ocm: ObjectRef, stores: PlatformStores): boolean {
  const objects = tenantObjectsOf(ocm, target);
  const access = onlyOurs(stores.accessRequests.get(keyOf(objects.accessRequest)), objects);
  if (target === "mcp") {
    return access !== undefined;
  }
  return [access, stores.clusterRequests.get(keyOf(objects.clusterRequest))].some(isApplied);
}

function isApplied(object: KubeObject | undefined): boolean {
  return (object?.metadata.managedFields ?? []).some(
    ({ manager, operation }) => manager === FIELD_MANAGER && operation === "Apply",
  );
}
