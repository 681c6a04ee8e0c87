import { type AccessRequest, accessRequests } from "../openmcp/access-request.ts";
import type { Pass } from "../openmcp/service-reconciler.ts";
import { ACCESS_FINALIZER, isLastHolder } from "../openmcp/tenant-access.ts";
import { removeFinalizer } from "../runtime/finalizer.ts";
import { applyAccessRequest } from "./apply-access-request.ts";
import type { Platform } from "./platform.ts";
import { refusalOf } from "./refusal.ts";
import { isOrdered, observe } from "./observed.ts";
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
  const { platform, pass } = on;
  const { accessRequest, release, source } = observe(platform.stores, objects);
  const isLetGo = accessRequest !== undefined && isLastHolder(accessRequest);
  if ((accessRequest === undefined || isLetGo) && isForgettable(release, source)) {
    await markTakeover(objects.toolkit, true, on);
  }
  if (isLetGo) {
    const { client, stores } = platform;
    const left = await removeFinalizer<AccessRequest>(
      client,
      accessRequests,
      accessRequest,
      ACCESS_FINALIZER,
      pass.signal,
    );
    stores.accessRequests.deleted(accessRequest, left);
  }
  if (!isOrdered(objects, platform.stores)) {
    const message = `waiting for control plane "${objects.tenant.name}": the platform has no ClusterRequest of that name for this namespace`;
    return { state: "waiting", reason: "ControlPlaneNotFound", message };
  }
  return refusalOf(() => applyAccessRequest(objects, on));
}
