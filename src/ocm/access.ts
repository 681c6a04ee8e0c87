import { isAtWork } from "../flux/readiness.ts";
import { isTerminating } from "../kube/object.ts";
import type { AccessRequest, TokenAccess } from "../openmcp/platform/kinds.ts";
import { mcpAccessRequest, workloadAccessRequest, workloadClusterRequest } from "../openmcp/platform/tenant-access.ts";
import { findCondition } from "../runtime/conditions.ts";
import { keyOf } from "../runtime/key.ts";
import { ANNOTATIONS } from "./annotations.ts";
import { type Part, type ReconcileContext, refusalOf } from "./context.ts";
import type { Blocked, Blocker, ReasonOf } from "./reasons.ts";
import { isFirstAccess } from "./state.ts";

/** Flux installs CRDs and ClusterRoles with this access, and RBAC lets nobody grant more than they have. */
export const FLUX_ACCESS: TokenAccess = { roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] };

/** Access to the cluster on which the toolkit is: the AccessRequest, and the ClusterRequest of a workload cluster. */
export const access: Part = {
  /**
   * Requests access once the platform has the control plane: a workload cluster costs from the moment of its request.
   *
   * Access that somebody else has deleted, or that is for a cluster that was replaced, is requested anew.
   */
  async ensure(r: ReconcileContext): Promise<Blocked<"AccessReady"> | undefined> {
    const blocked = blockedBySettings(r);
    if (blocked !== undefined) {
      return blocked;
    }
    await r.removeLostAccess();
    const refusal = await request(r);
    await r.removeOtherAccess((secretName) => isFluxOn(r, secretName));
    await r.deps.kubeconfigReviews.look(r.ocm, { objects: r.names, pass: r.pass, recheckAfterMs: r.recheckAfterMs });
    return refusal;
  },

  /** Takes back every access of the tenant, each before the cluster that was requested for it. */
  async remove(r: ReconcileContext): Promise<Blocker<ReasonOf<"Removed">> | undefined> {
    return (await r.removeRequests("workload")) ?? r.removeRequests("mcp");
  },
};

/**
 * Whether Flux works with the kubeconfig in a Secret, and with no other one. Only the server is believed: the response to
 * our last change may be lost, and the watch late.
 */
async function isFluxOn(r: ReconcileContext, secretName: string): Promise<boolean> {
  if (!isSettledOn(r, secretName)) {
    return false;
  }
  await r.refresh(r.kinds.releases, r.names.toolkit);
  return isSettledOn(r, secretName);
}

// A change of the HelmRelease counts once Flux has seen it, and no action from before goes on.
function isSettledOn(r: ReconcileContext, secretName: string): boolean {
  return [r.kinds.releases, r.kinds.firstReleases]
    .flatMap(({ store }) => store.inNamespace(r.names.namespace))
    .filter((release) => r.onlyOurs(release, r.names) !== undefined)
    .every((release) => {
      const isSeen = release.status?.observedGeneration === release.metadata.generation && !isAtWork(release);
      return release.spec?.kubeConfig.secretRef.name === secretName && isSeen;
    });
}

/** Access to the wrong cluster would be the beginning of an installation there. */
export function blockedBySettings({ target, reading }: ReconcileContext): Blocked<"AccessReady"> | undefined {
  return target === undefined && "blocker" in reading
    ? { type: "AccessReady", state: "waiting", reason: "AccessPending", message: reading.blocker.message }
    : undefined;
}

async function request(r: ReconcileContext): Promise<Blocked<"AccessReady"> | undefined> {
  const message = r.whyNoControlPlane;
  if (message === undefined) {
    return refusalOf("AccessReady", () => applyRequests(r));
  }
  if (r.names.target === "workload") {
    // Who deletes the tenant namespace would wait for it.
    await r.letGo(r.clusterRequests, r.onlyOurs(r.state.clusterRequest, r.names));
  }
  return { type: "AccessReady", state: "waiting", reason: "ControlPlaneNotFound", message };
}

/** Brings back access that a removal needs. Says what is waited for, and nothing when there is access. */
export function regainAccess(r: ReconcileContext): Promise<Blocker<ReasonOf<"Removed">> | undefined> {
  return r.regainAccess(() => applyRequests(r));
}

async function applyRequests(r: ReconcileContext): Promise<void> {
  const { tenant, target } = r.names;
  if (target === "mcp") {
    return r.apply(r.accessRequests, withFirst(r, mcpAccessRequest(tenant, FLUX_ACCESS)));
  }
  // Without the control plane's request, our own keeps what was passed on to it.
  const origin = r.clusterRequests.store.get(keyOf(r.names.controlPlane)) ?? r.state.clusterRequest;
  await r.apply(r.clusterRequests, workloadClusterRequest(tenant, origin));
  return r.apply(r.accessRequests, withFirst(r, workloadAccessRequest(tenant, FLUX_ACCESS)));
}

/** Notes on the first request for a cluster that nothing of ours is there. The note stays as long as the request does. */
function withFirst(r: ReconcileContext, wanted: AccessRequest): AccessRequest {
  const present = r.accessRequests.store.get(keyOf(wanted));
  const isFirst = present === undefined ? isNeverSeen(r) : isFirstAccess(present);
  const annotations = { [ANNOTATIONS.firstAccess]: "true" };
  return isFirst ? { ...wanted, metadata: { ...wanted.metadata, annotations } } : wanted;
}

// Somebody may have deleted the objects on the platform: the status still tells of them.
function isNeverSeen({ ocm, state: { accessRequests, source, release } }: ReconcileContext): boolean {
  const { conditions, installedVersion, resources = [] } = ocm.status ?? {};
  const wasGranted = findCondition(conditions, "AccessReady")?.status === "True";
  const isListed = installedVersion !== undefined || resources.some(({ kind }) => kind !== "AccessRequest");
  const isFound = accessRequests.length > 0 || source !== undefined || release !== undefined;
  return !isTerminating(ocm) && !wasGranted && !isListed && !isFound;
}
