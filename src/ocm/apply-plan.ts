import { helmReleases } from "../flux/helm-release.ts";
import { ociRepositories } from "../flux/oci-repository.ts";
import { readSource } from "../flux/readiness.ts";
import { TooLargeError } from "../kube/errors.ts";
import type { Pass } from "../openmcp/service/reconciler.ts";
import { applierOf } from "./applier.ts";
import { observe, type Observed } from "./observed.ts";
import type { Plan } from "./plan.ts";
import type { Platform } from "./platform.ts";
import { refusalOf, type Refusals } from "./refusal.ts";
import { releaseAttempts, sourceAttempts } from "./retry/attempts.ts";
import { markWish } from "./retry/inputs-mark.ts";
import { retryInVain } from "./retry/retry-in-vain.ts";
import { applyCopies, removeObsoleteCopies } from "./secret-copies.ts";
import type { TenantObjects } from "./tenant-objects.ts";

type On = { readonly platform: Platform; readonly pass: Pass };

/**
 * Writes what a plan says and the platform does not have yet.
 *
 * A foreign object in the way stops the part it stands for. In the place of the chart it stops the release too, which
 * would install whatever lies there.
 */
export async function applyPlan(plan: Plan, objects: TenantObjects, on: On): Promise<Refusals> {
  const chart = await refusalOf(async () => {
    await applyCopies(plan, objects, on);
    await applySource(plan, objects, on);
  });
  if (chart !== undefined) {
    return { chart };
  }
  const release = await refusalOfRelease(() => applyRelease(plan, objects, on));
  if (plan.source !== undefined) {
    await removeObsoleteCopies(plan, objects, on);
  }
  return release === undefined ? {} : { release };
}

async function applySource({ source }: Plan, objects: TenantObjects, { platform, pass }: On): Promise<void> {
  const { client, stores } = platform;
  const store = stores.ociRepositories;
  const attempted = { desired: source, live: observe(stores, objects).source };
  await retryInVain(sourceAttempts, attempted, { client, store, pass });
  await applierOf(platform, pass)(ociRepositories, store, source, toolkitOptions(pass));
}

async function applyRelease({ release }: Plan, objects: TenantObjects, { platform, pass }: On): Promise<void> {
  const { client, stores } = platform;
  const store = stores.helmReleases;
  const observed = observe(stores, objects);
  const wanted = release && markWish(release, observed.release, pass);
  const desired = isChartOnItsWay(observed) ? undefined : wanted;
  // Nobody reconcileRequests twice: Flux hears of it at once, even if the chart has it wait.
  const attempted = { desired: pass.force ? wanted : desired, live: observed.release };
  await retryInVain(releaseAttempts, attempted, { client, store, pass });
  await applierOf(platform, pass)(helmReleases, store, desired, toolkitOptions(pass));
}

// The caches of source and release are filtered by name, not by label.
function toolkitOptions({ dropReady }: Pass): { readonly seesAll: true; readonly beforeWrite: Pass["dropReady"] } {
  return { seesAll: true, beforeWrite: dropReady };
}

// A release that is changed while its chart is not ready is looked at by Flux only half a minute later, unless the
// chart's content changes. A new one waits for its chart anyway.
function isChartOnItsWay({ release, source }: Observed): boolean {
  return release !== undefined && readSource(source).state === "progressing";
}

// Of what a HelmRelease says, the values alone have no limit.
async function refusalOfRelease(act: () => Promise<void>): Promise<Refusals["release"]> {
  try {
    return await refusalOf(act);
  } catch (error) {
    if (error instanceof TooLargeError) {
      const message =
        "the HelmRelease is larger than the platform's API server takes; shorten the values in the ProviderConfig";
      return { state: "failed", reason: "ValuesTooLarge", message };
    }
    throw error;
  }
}
