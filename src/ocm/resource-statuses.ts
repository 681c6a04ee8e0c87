import { readRelease, readSource, type Readiness } from "../flux/readiness.ts";
import type { KubeObject } from "../kube/object.ts";
import { accessState } from "../openmcp/access-state.ts";
import type { Observed } from "./observed.ts";
import { plainMessage } from "./plain-message.ts";

/** One entry of `status.resources` of an OCM object. */
export type ResourceStatus = {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly phase: "Ready" | "Progressing" | "Terminating" | "Failed";
  readonly message?: string;
  readonly location: "PlatformCluster" | "ManagedControlPlane";
};

/** Lists the objects that make up an installation, each with its state. */
export function resourceStatuses({ accessRequest, source, release }: Observed): ResourceStatus[] {
  return [
    ...entryOf(accessRequest, accessReadiness(accessRequest)),
    ...entryOf(source, readSource(source)),
    ...entryOf(release, readRelease(release, source)),
  ];
}

function entryOf(object: KubeObject | undefined, readiness: Readiness): ResourceStatus[] {
  if (object === undefined) {
    return [];
  }
  const { name, namespace = "" } = object.metadata;
  const apiGroup = object.apiVersion.split("/")[0] ?? "";
  const message = readiness.state === "failing" || readiness.state === "stalled" ? readiness.message : undefined;
  return [
    {
      apiGroup,
      kind: object.kind,
      name,
      namespace,
      phase: phaseOf(readiness),
      ...(message !== undefined && { message: plainMessage(message) }),
      location: "PlatformCluster",
    },
  ];
}

function phaseOf({ state }: Readiness): ResourceStatus["phase"] {
  switch (state) {
    case "ready":
      return "Ready";
    case "failing":
    case "stalled":
      return "Failed";
    case "terminating":
      return "Terminating";
    case "absent":
    case "progressing":
    case "suspended":
      return "Progressing";
  }
}

function accessReadiness(request: Observed["accessRequest"]): Readiness {
  const access = accessState(request);
  if (request?.metadata.deletionTimestamp !== undefined) {
    return { state: "terminating" };
  }
  switch (access.state) {
    case "granted":
      return { state: "ready" };
    case "denied":
      return { state: "stalled", reason: "AccessDenied", message: access.message };
    case "absent":
    case "pending":
      return { state: "progressing", message: access.message };
  }
}
