import type { KubeObject } from "../kube/object.ts";
import type { TokenAccess } from "../openmcp/platform/kinds.ts";
import {
  isLastHolder,
  mcpAccessRequest,
  type TenantTarget,
  workloadAccessRequest,
  workloadClusterRequest,
} from "../openmcp/platform/tenant-access.ts";
import { keyOf } from "../runtime/key.ts";
import { type Kind, type Part, type ReconcileContext, refusalOf } from "./context.ts";
import type { Blocked, Blocker, ReasonOf } from "./reasons.ts";
import { isForAnotherCluster, isTerminating, onlyOurs } from "./state.ts";
import { namesOf } from "./names.ts";

/** Flux installs CRDs and ClusterRoles with this access, and RBAC lets nobody grant more than they have. */
export const FLUX_ACCESS: TokenAccess = { roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] };

type Removal = Blocker<ReasonOf<"Removed">> | undefined;

/** Access to the cluster on which the toolkit is: the AccessRequest, and the ClusterRequest of a workload cluster. */
export const access: Part = {
  /**
   * Requests access once the platform has the control plane: a workload cluster costs from the moment of its request.
   *
   * Access that somebody else has deleted is let go of, so that it can be requested anew.
   */
  async ensure(r: ReconcileContext): Promise<Blocked<"AccessReady"> | undefined> {
    const waiting = waitForSettings(r);
    if (waiting !== undefined) {
      return waiting;
    }
    await removeLost(r);
    const refusal = await request(r);
    await r.deps.kubeconfigReviews.look(r.ocm, { objects: r.names, pass: r.pass, recheckAfterMs: r.recheckAfterMs });
    return refusal;
  },

  /** Takes back every access of the tenant, each before the cluster that was requested for it. */
  async remove(r: ReconcileContext): Promise<Removal> {
    return (await removeRequests(r, "workload")) ?? removeRequests(r, "mcp");
  },
};

/** Access to the wrong cluster would be the beginning of an installation there. */
export function waitForSettings({ target, reading }: ReconcileContext): Blocked<"AccessReady"> | undefined {
  return target === undefined && "blocker" in reading
    ? { type: "AccessReady", state: "waiting", reason: "AccessPending", message: reading.blocker.message }
    : undefined;
}

async function request(r: ReconcileContext): Promise<Blocked<"AccessReady"> | undefined> {
  const { controlPlane, clusterRequest } = r.state;
  if (controlPlane === "present") {
    return refusalOf("AccessReady", () => applyRequests(r));
  }
  if (r.names.target === "workload") {
    // Who deletes the tenant namespace would wait for it.
    await letGoOfLost(r, r.kinds.clusterRequests, onlyOurs(clusterRequest, r.names));
  }
  const { name } = r.names.tenant;
  const message =
    controlPlane === "absent"
      ? `waiting for control plane "${name}": the platform has no ClusterRequest of that name for this namespace`
      : `control plane "${name}" is being deleted`;
  return { type: "AccessReady", state: "waiting", reason: "ControlPlaneNotFound", message };
}

async function applyRequests(r: ReconcileContext): Promise<void> {
  const { tenant, target } = r.names;
  if (target === "mcp") {
    return r.apply(r.kinds.accessRequests, mcpAccessRequest(tenant, FLUX_ACCESS));
  }
  await r.apply(r.kinds.clusterRequests, workloadClusterRequest(tenant));
  return r.apply(r.kinds.accessRequests, workloadAccessRequest(tenant, FLUX_ACCESS));
}

/** Takes back access that somebody else has deleted, or that is for a cluster that was replaced. */
async function removeLost(r: ReconcileContext): Promise<Removal> {
  if (isForAnotherCluster(r.state)) {
    await r.refresh(r.kinds.clusterRequests, r.names.clusterRequest);
  }
  const { accessRequest } = r.state;
  return isTerminating(accessRequest) || isForAnotherCluster(r.state)
    ? removeRequest(r, r.kinds.accessRequests, accessRequest)
    : undefined;
}

async function letGoOfLost<T extends KubeObject>(
  r: ReconcileContext,
  kind: Kind<T>,
  lost: T | undefined,
): Promise<void> {
  if (lost !== undefined && isLastHolder(lost)) {
    await r.letGo(kind, lost);
  }
}

/** Brings back access that a removal needs; says what it waits for, and nothing when there is access. */
export async function regainAccess(r: ReconcileContext): Promise<Removal> {
  const blocker = await removeLost(r);
  if (blocker !== undefined) {
    return blocker;
  }
  if (r.state.accessRequest === undefined) {
    await applyRequests(r);
  }
  const { state, message } = r.state.access;
  return state === "granted"
    ? undefined
    : {
        state: state === "denied" ? "failed" : "waiting",
        reason: state === "denied" ? "AccessDenied" : "AccessPending",
        message: `waiting for access to the control plane: ${message}`,
      };
}

/** Removes the requests for one cluster, as far as possible now. */
export async function removeRequests(r: ReconcileContext, target: TenantTarget): Promise<Removal> {
  const names = namesOf(r.names.tenant, target);
  const { accessRequests, clusterRequests } = r.kinds;
  const accessRequest = onlyOurs(accessRequests.store.get(keyOf(names.accessRequest)), names);
  const blocker = await removeRequest(r, accessRequests, accessRequest);
  if (blocker !== undefined || target === "mcp") {
    return blocker;
  }
  return removeRequest(r, clusterRequests, onlyOurs(clusterRequests.store.get(keyOf(names.clusterRequest)), names));
}

async function removeRequest<T extends KubeObject>(
  r: ReconcileContext,
  kind: Kind<T>,
  found: T | undefined,
): Promise<Removal> {
  if (found !== undefined && !isTerminating(found)) {
    await r.delete(kind, found);
  }
  const going = found && kind.store.get(keyOf(found));
  await letGoOfLost(r, kind, going);
  if (found === undefined || kind.store.get(keyOf(found)) === undefined) {
    return undefined;
  }
  return kind.resource.kind === "AccessRequest"
    ? { state: "waiting", reason: "RemovingAccess", message: "waiting for the platform to take the access back" }
    : {
        state: "waiting",
        reason: "RemovingCluster",
        message: "waiting for the platform to take the workload cluster back",
      };
}
