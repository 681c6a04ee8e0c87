import { accessRequests, clusterRequests } from "../openmcp/platform/kinds.ts";
import type { Pass } from "../openmcp/service/reconciler.ts";
import { isLastHolder } from "../openmcp/platform/tenant-access.ts";
import { keyOf } from "../runtime/key.ts";
import { applyAccessRequest } from "./apply-access-request.ts";
import { letGo } from "./let-go.ts";
import type { Platform } from "./platform.ts";
import { refusalOf } from "./refusal.ts";
import { isOrdered, observe, onlyOurs } from "./observed.ts";
import type { AccessRefusal } from "./summarize.ts";
import { isForgettable, markTakeover } from "./takeover/takeover-mark.ts";
import type { TenantObjects } from "./tenant-objects.ts";

type On = { readonly platform: Platform; readonly pass: Pass };

/**
 * Requests access to the control plane; says what stands in the way, if anything does.
 *
 * The platform has to have the control plane's ClusterRequest: a workload cluster costs from the moment it is requested.
 * An access that somebody else has deleted is let go of, so that it can be requested anew.
 */
export async function requestAccess(objects: TenantObjects, on: On): Promise<AccessRefusal | undefined> {
  const { platform } = on;
  const { accessRequest, release, source } = observe(platform.stores, objects);
  const isLetGo = accessRequest !== undefined && isLastHolder(accessRequest);
  if ((accessRequest === undefined || isLetGo) && isForgettable(release, source)) {
    await markTakeover(objects.toolkit, true, on);
  }
  if (isLetGo) {
    await letGo(accessRequest, { ...on, resource: accessRequests, store: platform.stores.accessRequests });
  }
  if (!isOrdered(objects, platform.stores)) {
    await letGoOfCluster(objects, on);
    return { state: "waiting", reason: "ControlPlaneNotFound", message: whyNotOrdered(objects, platform) };
  }
  return refusalOf(() => applyAccessRequest(objects, on));
}

// Who deletes the tenant namespace would wait for it.
async function letGoOfCluster(objects: TenantObjects, on: On): Promise<void> {
  const { stores } = on.platform;
  const request = objects.target === "mcp" ? undefined : onlyOurs(observe(stores, objects).clusterRequest, objects);
  if (request !== undefined && isLastHolder(request)) {
    await letGo(request, { ...on, resource: clusterRequests, store: stores.clusterRequests });
  }
}

function whyNotOrdered({ tenant, controlPlane }: TenantObjects, { stores }: Platform): string {
  return stores.clusterRequests.get(keyOf(controlPlane)) === undefined
    ? `waiting for control plane "${tenant.name}": the platform has no ClusterRequest of that name for this namespace`
    : `control plane "${tenant.name}" is being deleted`;
}
