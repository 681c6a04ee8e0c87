import { helmReleases, type HelmRelease } from "../../flux/helm-release.ts";
import type { OCIRepository } from "../../flux/oci-repository.ts";
import { readSource } from "../../flux/readiness.ts";
import { ConflictError } from "../../kube/errors.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import { applyPlan } from "../apply-plan.ts";
import type { Platform } from "../platform.ts";
import type { Refusals } from "../refusal.ts";
import { deleteUnchanged } from "../../openmcp/platform/delete-object.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { observe } from "../observed.ts";
import type { Plan } from "../plan.ts";
import type { TenantObjects } from "../tenant-objects.ts";
import { findLeftovers, type LeftoverStores } from "./leftovers.ts";
import { nextTakeoverStep, type TakeoverStep } from "./next-takeover-step.ts";
import { removeForgottenCopy, removeLeftovers } from "./remove-leftovers.ts";
import { isTakeoverMarked, markTakeover } from "./takeover-mark.ts";

type On = { readonly platform: Platform; readonly pass: Pass; readonly leftovers: LeftoverStores };

/** Why the new HelmRelease is not written yet. */
type TakeoverWait = NonNullable<Refusals["release"]>;

/**
 * Applies a plan, and takes over what the Go provider left, as far as possible now. May be repeated from any state.
 *
 * Where it left nothing, this is `applyPlan` and sends no request more.
 */
export async function applyTakingOver(plan: Plan, objects: TenantObjects, on: On): Promise<Refusals> {
  const { platform, pass } = on;
  const wait = await handOver(plan, objects, on);
  if (plan.source !== undefined) {
    await removeForgottenCopy(observe(platform.stores, objects).source, plan.source.spec?.secretRef?.name, on);
  }
  if (wait === undefined) {
    const refusals = await applyPlan(plan, objects, { platform, pass });
    await removeLeftovers(findLeftovers(objects, platform.stores, on.leftovers), on);
    return refusals;
  }
  const { release: _later, ...first } = plan;
  return { ...(await applyPlan(first, objects, { platform, pass })), release: wait };
}

async function handOver(plan: Plan, objects: TenantObjects, on: On): Promise<TakeoverWait | undefined> {
  const { release, source } = observe(on.platform.stores, objects);
  const step = nextTakeoverStep({
    oldRelease: findLeftovers(objects, on.platform.stores, on.leftovers).release,
    newRelease: release,
    isMarked: isTakeoverMarked(source),
    isPrepared: plan.release !== undefined && readSource(source).state === "ready",
  });
  switch (step.do) {
    case "install":
      return undefined;
    case "removeMark":
      await markTakeover(objects.toolkit, false, on);
      return undefined;
    case "putAway":
      await on.pass.dropReady();
      await putAway(await suspendMarked(step.oldRelease, { source, objects }, on), on);
      return waits.oldReleaseToGo;
    case "wait":
      return waits[step.for];
  }
}

const waits: Readonly<Record<Extract<TakeoverStep, { do: "wait" }>["for"], TakeoverWait>> = {
  preparation: {
    state: "waiting",
    reason: "TakingOver",
    message: "the release of an earlier provider stays at work until chart and access are there",
  },
  resumption: {
    state: "waiting",
    reason: "ReleaseSuspended",
    message: "the HelmRelease of an earlier provider is suspended by the platform operator, and is taken over later",
  },
  oldReleaseToGo: {
    state: "waiting",
    reason: "TakingOver",
    message: "taking over the release of an earlier provider: waiting for Flux to let go of its HelmRelease",
  },
};

// The mark says that the suspension is ours: it must not outlive the news that somebody else was faster.
async function suspendMarked(
  oldRelease: HelmRelease,
  { source, objects }: { readonly source: OCIRepository | undefined; readonly objects: TenantObjects },
  on: On,
): Promise<HelmRelease> {
  if (isTakeoverMarked(source)) {
    return suspend(oldRelease, on);
  }
  await markTakeover(objects.toolkit, true, on);
  try {
    return await suspend(oldRelease, on);
  } catch (error) {
    if (error instanceof ConflictError) {
      await markTakeover(objects.toolkit, false, on);
    }
    throw error;
  }
}

async function suspend({ metadata }: HelmRelease, { platform, pass, leftovers }: On): Promise<HelmRelease> {
  const { uid, resourceVersion } = metadata;
  const patch = { metadata: { uid, resourceVersion }, spec: { suspend: true } };
  const options = { fieldManager: FIELD_MANAGER, signal: pass.signal };
  const suspended = await platform.client.mergePatch(helmReleases, metadata, patch, options);
  leftovers.releases.written(suspended);
  return suspended;
}

// Flux leaves the Helm release where it is only if it is suspended when the HelmRelease goes: nobody may resume it
// between the two writes.
async function putAway(suspended: HelmRelease, { platform, pass: { signal } }: On): Promise<void> {
  await deleteUnchanged(platform.client, helmReleases, suspended, signal);
}
