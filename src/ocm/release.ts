import { isTerminating } from "../kube/object.ts";
import { changeForDeletion, type HelmRelease, isSameInstallation, isSuspendedBy } from "../flux/helm-release.ts";
import { isAtWork, isInAction, isKnownToFlux, readSource, uninstallFailure } from "../flux/readiness.ts";
import { TooLargeError } from "../kube/errors.ts";
import { keyOf } from "../runtime/key.ts";
import { regainAccess } from "./access.ts";
import { chartSecrets } from "./chart-secrets.ts";
import { chart, markInstalled } from "./chart.ts";
import { findObjects } from "../openmcp/service/control-plane-watches.ts";
import type { Kind } from "../openmcp/service/tenant-pass.ts";
import { type Part, type ReconcileContext, refusalOf } from "./context.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import { toolkitRelease } from "./plan.ts";
import type { Blocked, Blocker, ReasonOf } from "./reasons.ts";
import { describeBlocking, TOOLKIT_GROUP } from "./user-objects.ts";
import { isAttempted, retryRelease, withWish } from "./retry.ts";
import { isMarked } from "./state.ts";
import { lookAtTarget } from "./target-look.ts";

type Removal = Blocker<ReasonOf<"Removed">> | undefined;

/** The HelmRelease, with which Flux installs the toolkit on the target. */
export const release: Part<"ReleaseReady"> = {
  async ensure(r: ReconcileContext): Promise<Blocked<"ReleaseReady"> | undefined> {
    const desired = r.plan.release;
    if (desired === undefined || r.isBlocked("ChartReady") || r.isBlocked("ReleaseReady")) {
      return undefined;
    }
    const { release: live, source } = r.state;
    // Flux looks at a release that is changed while its chart is not ready only half a minute later, unless the content
    // of the chart changes. A new release waits for its chart anyway.
    const isChartOnItsWay = live !== undefined && readSource(source).state === "progressing";
    if (r.pass.force || !isChartOnItsWay) {
      await retry(r, live, desired);
    }
    return isChartOnItsWay ? undefined : write(r, desired);
  },

  /**
   * Has Flux uninstall the toolkit, and looks at the target afterwards: Flux also lets go of a HelmRelease without having
   * uninstalled anything. A Helm release that it has left is given a HelmRelease again.
   */
  remove: (r) => removeRelease(r),
};

/** The same. `isOwed` says that there may be a Helm release although no OCIRepository of ours says so. */
export async function removeRelease(r: ReconcileContext, isOwed: boolean = false): Promise<Removal> {
  const found = await findRelease(r);
  return (found && (await uninstall(r, r.kinds.releases, found))) ?? removeLeftBehind(r, isOwed);
}

async function retry(r: ReconcileContext, live: HelmRelease | undefined, desired: HelmRelease): Promise<void> {
  const again = live && retryRelease(live, r.releaseRetry);
  if (live !== undefined && again !== undefined && isAttempted(live, desired)) {
    await r.patch(r.kinds.releases, live, { annotations: again });
  }
}

async function write(r: ReconcileContext, desired: HelmRelease): Promise<Blocked<"ReleaseReady"> | undefined> {
  try {
    return await refusalOf("ReleaseReady", async () => {
      await markInstalled(r);
      const wanted = withWish(desired, r.state.release, r.releaseRetry);
      await r.applyToFlux(r.kinds.releases, wanted, (live) => isSameInstallation(live, desired));
    });
  } catch (error) {
    // Nothing in a HelmRelease but its values has no limit.
    if (error instanceof TooLargeError) {
      const message =
        "the HelmRelease is larger than the platform's API server takes; shorten the values in the ProviderConfig";
      return { type: "ReleaseReady", state: "failed", reason: "ValuesTooLarge", message };
    }
    throw error;
  }
}

// A HelmRelease that the cache does not know yet would be left without a chart: before the OCIRepository goes, the
// server is asked.
async function findRelease(r: ReconcileContext): Promise<HelmRelease | undefined> {
  const { release: cached, source } = r.state;
  if (cached !== undefined || source === undefined || isTerminating(source)) {
    return cached;
  }
  await r.refresh(r.kinds.releases, r.names.toolkit);
  return r.state.release;
}

/**
 * Takes a HelmRelease and its Helm release down as far as possible now.
 *
 * The helm-controller uninstalls only in this order: user objects gone, then the HelmRelease, while its access still
 * works. Where the target is gone for good the HelmRelease is suspended, so that Flux lets go of it.
 */
export async function uninstall(r: ReconcileContext, kind: Kind<HelmRelease>, found: HelmRelease): Promise<Removal> {
  await markInstalled(r);
  if (await r.isTargetGone({ fresh: !isTerminating(found) })) {
    return abandon(r, kind, found);
  }
  if (isTerminating(found)) {
    return waitForFlux(r, found);
  }
  const refusal = await prepare(r, found);
  if (refusal !== undefined) {
    return refusal;
  }
  const adjusted = await adjust(r, kind, found);
  const blocker = (await blockedByUserObjects(r)) ?? (await waitForHistory(r, adjusted));
  if (blocker !== undefined) {
    return blocker;
  }
  await r.pass.confirmLast();
  const left = await deleteUnchanged(r, kind, adjusted);
  return left && waitForFlux(r, left);
}

async function abandon(r: ReconcileContext, kind: Kind<HelmRelease>, found: HelmRelease): Promise<Removal> {
  if (!isTerminating(found)) {
    await r.pass.confirmLast();
  }
  const left = await deleteUnchanged(r, kind, await adjust(r, kind, found));
  return left && wait("RemovingRelease", "waiting for Flux to let go of the release: the control plane is gone");
}

async function adjust(r: ReconcileContext, kind: Kind<HelmRelease>, found: HelmRelease): Promise<HelmRelease> {
  const spec = changeForDeletion(found, (await r.isTargetGone()) ? undefined : r.kubeconfig?.name);
  return spec === undefined
    ? found
    : onNewest(r, kind, found, (newest) => r.patch(kind, newest, { spec, onlyUnchanged: true }));
}

async function deleteUnchanged(
  r: ReconcileContext,
  kind: Kind<HelmRelease>,
  found: HelmRelease,
): Promise<HelmRelease | undefined> {
  if (!isTerminating(found)) {
    await onNewest(r, kind, found, (newest) => r.delete(kind, newest, { onlyUnchanged: true }));
  }
  return kind.store.get(keyOf(found));
}

/** Says why a HelmRelease that stays cannot be deleted: Flux would not uninstall anything. */
async function prepare(r: ReconcileContext, found: HelmRelease): Promise<Removal> {
  const message =
    "the HelmRelease is suspended by the platform operator: deleting it now would leave the release behind";
  const isTheirs = found.spec?.suspend === true && !isSuspendedBy(found, FIELD_MANAGER);
  return isTheirs ? fail("ReleaseSuspended", message) : regainAccess(r);
}

async function waitForFlux(r: ReconcileContext, going: HelmRelease): Promise<Removal> {
  if (going.spec?.suspend === true) {
    return wait("TakingOver", "waiting for Flux to let go of the HelmRelease, to have the release uninstalled then");
  }
  const failure = uninstallFailure(going);
  return (
    (await regainAccess(r)) ??
    (failure === undefined
      ? wait("RemovingRelease", "waiting for the release to be uninstalled")
      : fail("UninstallFailed", `${failure.reason}: ${failure.message}`))
  );
}

async function blockedByUserObjects(r: ReconcileContext): Promise<Removal> {
  const found = await r.visit((client, signal) => findObjects(client, TOOLKIT_GROUP, signal));
  const secret = r.kubeconfig;
  if (secret !== undefined) {
    // A user who removes the last object shall not have to wait for the next look.
    r.deps.userObjectWatches.follow(keyOf(r.names.tenant), secret, found);
  }
  const message = describeBlocking(found, r.names.target);
  return message === undefined ? undefined : wait("UserObjectsExist", message);
}

// Flux lets go of a HelmRelease without history, and uninstalls nothing. An action that runs ends with a history.
async function waitForHistory(r: ReconcileContext, found: HelmRelease): Promise<Removal> {
  return isKnownToFlux(found) || isInAction(found) || !(await isOnTarget(r)) ? undefined : findAgain(r);
}

async function removeLeftBehind(r: ReconcileContext, isOwed: boolean): Promise<Removal> {
  if (!(await mayBeOnTarget(r, isOwed))) {
    return undefined;
  }
  const blocker = await regainAccess(r);
  return blocker !== undefined || !(await isOnTarget(r)) ? blocker : findAgain(r);
}

/** Has Flux find a Helm release again, to have the release uninstalled then. Flux needs the chart for that. */
async function findAgain(r: ReconcileContext): Promise<Removal> {
  r.deps.clearedTargets.delete(keyOf(r.names.tenant));
  const refusal = (await bringBackChart(r)) ?? (await bringBackRelease(r));
  if (refusal !== undefined) {
    return wait("TakingOver", `waiting to have the Helm release uninstalled that is still there: ${refusal.message}`);
  }
  return readSource(r.state.source).state === "suspended"
    ? fail(
        "ReleaseSuspended",
        "the OCIRepository is suspended by the platform operator: without it Flux uninstalls nothing",
      )
    : wait("TakingOver", "waiting for Flux to find the Helm release again, to uninstall it then");
}

async function bringBackChart(r: ReconcileContext): Promise<{ readonly message: string } | undefined> {
  if (r.state.source !== undefined && !isTerminating(r.state.source)) {
    return undefined;
  }
  return r.plan.blocker ?? (await chartSecrets.ensure(r)) ?? (await chart.ensure(r));
}

// Nobody needs the values any more. A HelmRelease that is there stays as it is.
async function bringBackRelease(r: ReconcileContext): Promise<Blocked | undefined> {
  const target = { kubeconfigSecret: r.kubeconfig?.name ?? "", interval: "1m0s" };
  return r.state.release === undefined
    ? refusalOf("ReleaseReady", () => r.applyToFlux(r.kinds.releases, toolkitRelease(r.names, target)))
    : undefined;
}

/**
 * Whether there may be something on the target.
 *
 * The OCIRepository, which stays until nothing is there, says so. Where somebody else has deleted it, the status still
 * does, unless this process has looked. The status also tells of a release where the platform has taken back the first
 * access, which then looks as if no kubeconfig had ever been handed out.
 */
export async function mayBeOnTarget(r: ReconcileContext, isOwed: boolean = false): Promise<boolean> {
  const { source, access } = r.state;
  const isLost = source === undefined || isTerminating(source);
  const mayBe = isLost
    ? access.state === "granted" && (isOwed || isInStatus(r, INSTALLED_KINDS))
    : isMarked(r.state) || isInStatus(r, RELEASED_KINDS);
  return mayBe && !(await r.isTargetGone());
}

function isInStatus({ ocm: { status }, names, deps }: ReconcileContext, kinds: ReadonlySet<string>): boolean {
  const isListed = (status?.resources ?? []).some(({ kind }) => kinds.has(kind));
  return !deps.clearedTargets.has(keyOf(names.tenant)) && (isListed || status?.installedVersion !== undefined);
}

const INSTALLED_KINDS: ReadonlySet<string> = new Set(["OCIRepository", "HelmRelease", "Secret"]);
const RELEASED_KINDS: ReadonlySet<string> = new Set(["HelmRelease", "Secret"]);

/** Whether the target has a Helm release that a HelmRelease of this tenant has made. */
async function isOnTarget(r: ReconcileContext): Promise<boolean> {
  r.targetLook = await lookAtTarget(r);
  return r.targetLook.isReleased;
}

// While Flux is at work it writes its status faster than a watch tells: the cached version is not the newest then.
function onNewest<R>(
  r: ReconcileContext,
  kind: Kind<HelmRelease>,
  found: HelmRelease,
  act: (release: HelmRelease) => Promise<R>,
): Promise<R> {
  const isSettled = found.status?.observedGeneration === found.metadata.generation && !isAtWork(found);
  return r.ifUnchanged(kind, found, { isSettled, act });
}

function wait(reason: ReasonOf<"Removed">, message: string): NonNullable<Removal> {
  return { state: "waiting", reason, message };
}

function fail(reason: ReasonOf<"Removed">, message: string): NonNullable<Removal> {
  return { state: "failed", reason, message };
}
