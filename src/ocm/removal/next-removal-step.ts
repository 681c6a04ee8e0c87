import type { HelmRelease } from "../../flux/helm-release.ts";
import { isKnownToFlux, uninstallFailure } from "../../flux/readiness.ts";
import { removalDetour } from "../takeover/removal-detour.ts";
import { isForgettable, isTakeoverMarked } from "../takeover/takeover-mark.ts";
import { isSuspendedByUs } from "./own-suspension.ts";
import { regainAccess } from "./regain-access.ts";
import { removeRest } from "./remove-rest.ts";
import { type RemovalSituation, type RemovalStep, waitFor } from "./removal-step.ts";
import { isUnseen } from "./unseen-mark.ts";
import type { UserObjects } from "./user-objects.ts";

/**
 * Decides the next step of a removal. Pure: from any state the same one.
 *
 * The order is the only one in which helm-controller uninstalls: user objects gone → release gone, while its access
 * still works → chart source → copied secrets → access → the cluster, where it was requested for this installation.
 * When the cluster itself is gone there is nothing to uninstall, and the release is suspended so that Flux lets go of it.
 */
export function nextRemovalStep(situation: RemovalSituation): RemovalStep {
  const { release, controlPlane } = situation;
  if (controlPlane === "gone") {
    return release === undefined ? removeRest(situation) : abandonRelease(release);
  }
  const detour = detourOf(situation);
  if (detour !== undefined) {
    return detour;
  }
  return release === undefined ? removeRest(situation) : uninstallRelease(release, situation);
}

function detourOf(situation: RemovalSituation): RemovalStep | undefined {
  const oldRelease = situation.leftovers?.release;
  const newRelease = oldRelease === undefined ? situation.release : undefined;
  const hasAccess = situation.access.state === "granted";
  const detour = removalDetour({ oldRelease, newRelease, hasAccess, isMarked: isTakeoverMarked(situation.source) });
  if (detour === "takeOverRelease" && !hasAccess) {
    return regainAccess(situation);
  }
  return detour === "waitForFlux"
    ? waitFor("TakingOver", "waiting for Flux to find the Helm release again, to uninstall it then")
    : detour && { do: detour };
}

function abandonRelease(release: HelmRelease): RemovalStep {
  if (release.spec?.suspend !== true) {
    return { do: "suspendRelease" };
  }
  return release.metadata.deletionTimestamp === undefined
    ? { do: "deleteRelease" }
    : waitFor("RemovingRelease", "waiting for Flux to let go of the release: the control plane is gone");
}

function uninstallRelease(release: HelmRelease, situation: RemovalSituation): RemovalStep {
  const { access } = situation;
  const isSuspended = release.spec?.suspend === true;
  if (isSuspended && !isSuspendedByUs(release)) {
    const message =
      "the HelmRelease is suspended by the platform operator: deleting it now would leave the release behind";
    return waitFor("ReleaseSuspended", message);
  }
  if (access.state !== "granted") {
    return regainAccessFor(release, situation);
  }
  // The control plane was gone, and has been ordered again since.
  if (isSuspended) {
    return { do: "resumeRelease" };
  }
  if (release.metadata.deletionTimestamp !== undefined) {
    return waitForUninstall(release);
  }
  return release.spec?.kubeConfig.secretRef.name === access.secretName
    ? letGoOf(release, situation)
    : { do: "pointReleaseAtAccess" };
}

function letGoOf(release: HelmRelease, { source, userObjects }: RemovalSituation): RemovalStep {
  if (userObjects === undefined) {
    return { do: "lookForUserObjects" };
  }
  if (userObjects.length > 0) {
    return blockedBy(userObjects);
  }
  const isNoted = isKnownToFlux(release) || source === undefined || isUnseen(source);
  return { do: isNoted ? "deleteRelease" : "noteUnseenRelease" };
}

// With the old access goes the kubeconfig, and with that Flux's knowledge that there is something to uninstall.
function regainAccessFor(release: HelmRelease, situation: RemovalSituation): RemovalStep {
  const step = regainAccess(situation);
  const isRisky = step.do === "letGoOfAccess" || step.do === "requestAccess";
  return isRisky && isForgettable(release, situation.source) ? { do: "rememberRelease" } : step;
}

function blockedBy(userObjects: readonly UserObjects[]): RemovalStep {
  const found = userObjects.map(({ kind, count }) => `${count} ${kind}`).join(", ");
  const message = `deletion blocked: waiting for ${found} resource(s) to be removed from the control plane`;
  return waitFor("UserObjectsExist", message);
}

function waitForUninstall(release: HelmRelease): RemovalStep {
  const failure = uninstallFailure(release);
  return failure === undefined
    ? waitFor("RemovingRelease", "waiting for the release to be uninstalled")
    : waitFor("UninstallFailed", `${failure.reason}: ${failure.message}`);
}
