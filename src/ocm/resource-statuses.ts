import { installedRelease, readRelease, readSource, type Readiness } from "../flux/readiness.ts";
import type { KubeObject } from "../kube/object.ts";
import { accessState, type TenantTarget } from "../openmcp/platform/tenant-access.ts";
import type { Observed } from "./observed.ts";
import { plainMessage } from "./plain-message.ts";
import { RELEASE_NAMESPACE } from "./tenant-objects.ts";

/** One entry of `status.resources` of an OCM object. */
export type ResourceStatus = {
  /** Absent for the core group. */
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for what is in none. */
  readonly namespace?: string;
  readonly phase: "Ready" | "Progressing" | "Terminating" | "Failed";
  readonly message?: string;
  readonly location: "PlatformCluster" | "ManagedControlPlane";
};

/** What is known of the cluster on which the toolkit is, without asking it. */
export type OnTarget = { readonly target: TenantTarget; readonly secretsOnTarget: readonly string[] };

/**
 * Lists the objects that make up an installation, each with its state.
 *
 * A workload cluster is no tenant's business: of what lies there nothing is listed.
 */
export function resourceStatuses(observed: Observed, { target, secretsOnTarget }: OnTarget): ResourceStatus[] {
  const { accessRequest, source, release } = observed;
  return [
    ...entryOf(accessRequest, accessReadiness(accessRequest)),
    ...entryOf(source, readSource(source)),
    ...entryOf(release, readRelease(release, source)),
    ...(target === "mcp" ? entriesOnControlPlane(release, secretsOnTarget) : []),
  ];
}

function entriesOnControlPlane(release: Observed["release"], secretNames: readonly string[]): ResourceStatus[] {
  const there = { phase: "Ready", location: "ManagedControlPlane" } as const;
  const hasNamespace = secretNames.length > 0 || installedRelease(release) !== undefined;
  return [
    ...(hasNamespace ? [{ kind: "Namespace", name: RELEASE_NAMESPACE, ...there }] : []),
    ...secretNames.map((name) => ({ kind: "Secret", name, namespace: RELEASE_NAMESPACE, ...there })),
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
