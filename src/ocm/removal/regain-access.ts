import type { AccessRequest } from "../../openmcp/platform/kinds.ts";
import { isLastHolder } from "../../openmcp/platform/tenant-access.ts";
import { type RemovalSituation, type RemovalStep, waitFor } from "./removal-step.ts";

/** Decides the next step towards access that is not there. Pure. */
export function regainAccess({ access, accessRequest }: RemovalSituation): RemovalStep {
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

/** Decides the next step of taking the access away. Pure. */
export function removeAccess(accessRequest: AccessRequest): RemovalStep {
  if (accessRequest.metadata.deletionTimestamp === undefined) {
    return { do: "deleteAccess" };
  }
  return isLastHolder(accessRequest)
    ? { do: "letGoOfAccess" }
    : waitFor("RemovingAccess", "waiting for the platform to take the access back");
}
