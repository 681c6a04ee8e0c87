import type { OCIRepository } from "../../flux/oci-repository.ts";
import type { Secret } from "../../kube/core.ts";
import type { ClusterRequest } from "../../openmcp/platform/kinds.ts";
import { isLastHolder } from "../../openmcp/platform/tenant-access.ts";
import { isHeld, isLittered } from "../takeover/leftovers.ts";
import { isTargetMarked } from "../trust/target-mark.ts";
import { regainAccess, removeAccess } from "./regain-access.ts";
import { type RemovalSituation, type RemovalStep, waitFor } from "./removal-step.ts";
import { isUnseen } from "./unseen-mark.ts";

/** Decides the next step once there is no release any more. Pure. */
export function removeRest(situation: RemovalSituation): RemovalStep {
  const { source, copies, accessRequest, ownCluster, leftovers } = situation;
  if (source !== undefined) {
    return removeSource(source, situation);
  }
  if (copies.length > 0) {
    return copies.every(isGoing)
      ? waitFor("Removing", "waiting for copies of Secrets to go, which others hold by finalizers")
      : { do: "deleteCopies" };
  }
  if (leftovers !== undefined && isLittered(leftovers)) {
    return isHeld(leftovers)
      ? waitFor("Removing", "waiting for the platform to let go of what an earlier provider left")
      : { do: "removeLeftovers" };
  }
  if (accessRequest !== undefined) {
    return removeAccess(accessRequest);
  }
  return ownCluster === undefined ? { do: "finish" } : removeCluster(ownCluster);
}

function isGoing({ metadata }: Secret): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function removeSource(source: OCIRepository, situation: RemovalSituation): RemovalStep {
  if (source.metadata.deletionTimestamp !== undefined) {
    return waitFor("RemovingChart", "waiting for Flux to let go of the chart");
  }
  const { controlPlane, access, leftBehind } = situation;
  if (controlPlane === "gone") {
    return { do: "deleteSource" };
  }
  // With the source goes the knowledge that there is something of ours on the control plane.
  if (access.state !== "granted" && (isTargetMarked(source) || isUnseen(source))) {
    return regainAccess(situation);
  }
  if (!isUnseen(source) || leftBehind === false) {
    return { do: "deleteSource" };
  }
  // The other mark has it taken over, so that Flux uninstalls it.
  return { do: leftBehind === undefined ? "lookForRelease" : "rememberRelease" };
}

function removeCluster(request: ClusterRequest): RemovalStep {
  if (request.metadata.deletionTimestamp === undefined) {
    return { do: "deleteCluster" };
  }
  return isLastHolder(request)
    ? { do: "letGoOfCluster" }
    : waitFor("RemovingCluster", "waiting for the platform to take the workload cluster back");
}
