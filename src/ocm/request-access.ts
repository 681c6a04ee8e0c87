import { accessRequests } from "../openmcp/access-request.ts";
import type { Pass } from "../openmcp/service-reconciler.ts";
import { ACCESS_FINALIZER, isLastHolder } from "../openmcp/tenant-access.ts";
import { removeFinalizer } from "../runtime/finalizer.ts";
import { applyAccessRequest } from "./apply-access-request.ts";
import type { Platform } from "./platform.ts";
import { refusalOf, type Refusal } from "./refusal.ts";
import { observe } from "./observed.ts";
import { isForgettable, markTakeover } from "./takeover/takeover-mark.ts";
import type { TenantObjects } from "./tenant-objects.ts";

type On = { readonly platform: Platform; readonly pass: Pass };

/**
 * Requests access to the control plane; says what stands in the way, if anything does.
 *
 * An access that somebody else has deleted is let go of, so that it can be requested anew.
 */
export async function requestAccess(objects: TenantObjects, on: On): Promise<Refusal | undefined> {
  const { platform, pass } = on;
  const { accessRequest, release, source } = observe(platform.stores, objects);
  const isLetGo = accessRequest !== undefined && isLastHolder(accessRequest);
  if ((accessRequest === undefined || isLetGo) && isForgettable(release, source)) {
    await markTakeover(objects.toolkit, true, on);
  }
  if (isLetGo) {
    await removeFinalizer(platform.client, accessRequests, accessRequest, ACCESS_FINALIZER, pass.signal);
    return undefined;
  }
  return refusalOf(() => applyAccessRequest(objects, on));
}
