import type { AccessRequest } from "./access-request.ts";
import type { ClusterRequest } from "./cluster-request.ts";

/** Whether credentials can be used, and if not, what is missing. */
export type AccessState =
  | { readonly state: "granted"; readonly secretName: string; readonly message: string }
  | { readonly state: "absent" | "pending" | "denied"; readonly message: string };

/**
 * Reads whether the current spec of an AccessRequest has been granted.
 *
 * A grant of an older generation is for other permissions, and a refusal of an older one may have been lifted by the
 * change: both are pending. So is what is being deleted: the platform takes the rights away first.
 */
export function accessState(request: AccessRequest | undefined): AccessState {
  if (request === undefined) {
    return { state: "absent", message: "access has not been requested yet" };
  }
  const subject = `AccessRequest "${request.metadata.name}"`;
  const { status } = request;
  if (request.metadata.deletionTimestamp !== undefined) {
    return { state: "pending", message: `${subject} is being deleted` };
  }
  if (status === undefined || status.observedGeneration !== request.metadata.generation) {
    return { state: "pending", message: `${subject} has not been processed yet` };
  }
  if (status.phase === "Denied") {
    return { state: "denied", message: `${subject} was denied${because(request)}` };
  }
  if (status.phase !== "Granted") {
    return { state: "pending", message: `${subject} is ${status.phase}${because(request)}` };
  }
  const secretName = status.secretRef?.name ?? "";
  return secretName === ""
    ? { state: "pending", message: `${subject} is granted but names no secret yet` }
    : { state: "granted", secretName, message: `${subject} is granted` };
}

/** Whether a ClusterRequest has been given a cluster, and if not, what is missing. */
export type ClusterState = { readonly state: "granted" | "absent" | "pending" | "denied"; readonly message: string };

/** Reads whether a ClusterRequest has been granted. Its spec cannot change, so generations do not matter. */
export function clusterState(request: ClusterRequest | undefined): ClusterState {
  if (request === undefined) {
    return { state: "absent", message: "no cluster has been requested yet" };
  }
  const subject = `ClusterRequest "${request.metadata.name}"`;
  switch (request.status?.phase) {
    case "Granted":
      return { state: "granted", message: `${subject} is granted` };
    case "Denied":
      return { state: "denied", message: `${subject} was denied${because(request)}` };
    default:
      return {
        state: "pending",
        message: `${subject} is ${request.status?.phase ?? "not processed yet"}${because(request)}`,
      };
  }
}

// The platform explains a refusal in its conditions; the first one that is not True names the cause.
function because(request: AccessRequest | ClusterRequest): string {
  const failing = request.status?.conditions?.find(({ status, message }) => status !== "True" && message !== "");
  return failing === undefined ? "" : `: ${failing.message}`;
}
