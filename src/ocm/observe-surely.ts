import { helmReleases } from "../flux/helm-release.ts";
import { readRelease } from "../flux/readiness.ts";
import type { Pass } from "../openmcp/service-reconciler.ts";
import type { OCM } from "./api/objects.ts";
import type { Platform } from "./apply-plan.ts";
import { observe, type Observed } from "./observed.ts";
import { readIfThere } from "./read-if-there.ts";
import type { TenantObjects } from "./tenant-objects.ts";

/**
 * Looks a tenant up in the caches, and at its release on the server before a change of it is called done.
 *
 * Source and release come by watches of their own. When the source is back at a chart that was installed before, a
 * release of which news are late looks as if nothing had happened in between.
 */
export async function observeSurely(
  { platform }: { readonly platform: Platform },
  ocm: OCM,
  { objects, pass }: { readonly objects: TenantObjects; readonly pass: Pass },
): Promise<Observed> {
  const observed = observe(platform.stores, objects);
  const isDone = readRelease(observed.release, observed.source).state === "ready";
  if (!isDone || !isChanged(ocm)) {
    return observed;
  }
  return { ...observed, release: await readIfThere(helmReleases, objects.toolkit, { platform, pass }) };
}

// Of a first installation there is nothing older that could be taken for it.
function isChanged({ metadata, status }: OCM): boolean {
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  const isReady = ready?.status === "True" && status?.observedGeneration === metadata.generation;
  return status?.installedVersion !== undefined && !isReady;
}
