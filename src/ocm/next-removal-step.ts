import type { HelmRelease } from "../flux/helm-release.ts";
import type { OCIRepository } from "../flux/oci-repository.ts";
import { uninstallFailure } from "../flux/readiness.ts";
import type { AccessState } from "../openmcp/access-state.ts";
import { isLastHolder } from "../openmcp/tenant-access.ts";
import type { Observed } from "./observed.ts";
import type { ReasonOf } from "./reasons.ts";
import { isLittered, type Leftovers } from "./takeover/leftovers.ts";
import { removalDetour, type RemovalDetour } from "./takeover/removal-detour.ts";
import { isForgettable, isTakeoverMarked } from "./takeover/takeover-mark.ts";
import type { ClusterRequest } from "../openmcp/cluster-request.ts";
import { isTargetMarked } from "./trust/target-mark.ts";
import type { UserObjects } from "./user-objects.ts";

/** What the order of removal depends on. Objects of others under our names are left out. */
export type RemovalSituation = Pick<Observed, "accessRequest" | "copies" | "source" | "release"> & {
  readonly access: AccessState;
  /** Whether the control plane's ClusterRequest still exists. */
  readonly controlPlane: "present" | "gone";
  /** The request for the cluster, where the provider has made it. */
  readonly ownCluster?: ClusterRequest;
  /** The user's objects on the control plane; absent while nobody has looked. */
  readonly userObjects?: readonly UserObjects[];
  /** What an earlier provider left. Its release, if it is there, is the `release` of this situation. */
  readonly leftovers?: Leftovers;
};

/** One step of taking an installation down. */
export type RemovalStep =
  | { readonly do: "requestAccess" | "lookForUserObjects" | "pointReleaseAtAccess" }
  | { readonly do: "rememberRelease" | "suspendRelease" | "deleteRelease" | "deleteSource" | "deleteCopies" }
  | { readonly do: "deleteAccess" | "letGoOfAccess" | "deleteCluster" | "letGoOfCluster" | "finish" }
  | { readonly do: Exclude<RemovalDetour, "waitForFlux"> | "removeLeftovers" }
  | { readonly do: "wait"; readonly reason: ReasonOf<"Removed">; readonly message: string };

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

function removeRest(situation: RemovalSituation): RemovalStep {
  const { source, copies, accessRequest, ownCluster, leftovers } = situation;
  if (source !== undefined) {
    return removeSource(source, situation);
  }
  if (copies.length > 0) {
    return { do: "deleteCopies" };
  }
  if (leftovers !== undefined && isLittered(leftovers)) {
    return { do: "removeLeftovers" };
  }
  if (accessRequest !== undefined) {
    return removeAccess(accessRequest);
  }
  return ownCluster === undefined ? { do: "finish" } : removeCluster(ownCluster);
}

function removeSource(source: OCIRepository, situation: RemovalSituation): RemovalStep {
  if (source.metadata.deletionTimestamp !== undefined) {
    return waitFor("RemovingChart", "waiting for Flux to let go of the chart");
  }
  // With the source goes the knowledge that there are Secrets of ours on the control plane.
  const hasSecrets = situation.controlPlane === "present" && isTargetMarked(source);
  return hasSecrets && situation.access.state !== "granted" ? regainAccess(situation) : { do: "deleteSource" };
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
  const { access, userObjects } = situation;
  if (release.spec?.suspend === true) {
    const message =
      "the HelmRelease is suspended by the platform operator: deleting it now would leave the release behind";
    return waitFor("ReleaseSuspended", message);
  }
  if (access.state !== "granted") {
    return regainAccessFor(release, situation);
  }
  if (release.metadata.deletionTimestamp !== undefined) {
    return waitForUninstall(release);
  }
  if (release.spec?.kubeConfig.secretRef.name !== access.secretName) {
    return { do: "pointReleaseAtAccess" };
  }
  if (userObjects === undefined) {
    return { do: "lookForUserObjects" };
  }
  return userObjects.length > 0 ? blockedBy(userObjects) : { do: "deleteRelease" };
}

// With the old access goes the kubeconfig, and with that Flux's knowledge that there is something to uninstall.
function regainAccessFor(release: HelmRelease, situation: RemovalSituation): RemovalStep {
  const step = regainAccess(situation);
  const isRisky = step.do === "letGoOfAccess" || step.do === "requestAccess";
  return isRisky && isForgettable(release, situation.source) ? { do: "rememberRelease" } : step;
}

function regainAccess({ access, accessRequest }: RemovalSituation): RemovalStep {
  if (accessRequest === undefined) {
    return { do: "requestAccess" };
  }
  // Somebody has deleted it, so its rights are gone: only a new one can uninstall the release.
  if (accessRequest.metadata.deletionTimestamp !== undefined) {
    return removeAccess(accessRequest);
  }
  const message = `waiting for access to the control plane: ${access.message}`;
  return waitFor(access.state === "denied" ? "AccessDenied" : "AccessPending", message);
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

function removeAccess(accessRequest: NonNullable<RemovalSituation["accessRequest"]>): RemovalStep {
  if (accessRequest.metadata.deletionTimestamp === undefined) {
    return { do: "deleteAccess" };
  }
  return isLastHolder(accessRequest)
    ? { do: "letGoOfAccess" }
    : waitFor("RemovingAccess", "waiting for the platform to take the access back");
}

function removeCluster(request: ClusterRequest): RemovalStep {
  if (request.metadata.deletionTimestamp === undefined) {
    return { do: "deleteCluster" };
  }
  return isLastHolder(request)
    ? { do: "letGoOfCluster" }
    : waitFor("RemovingCluster", "waiting for the platform to take the workload cluster back");
}

function waitFor(reason: ReasonOf<"Removed">, message: string): RemovalStep {
  return { do: "wait", reason, message };
}
