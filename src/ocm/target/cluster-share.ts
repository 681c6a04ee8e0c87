import type { ClusterRequest } from "../../openmcp/platform/kinds.ts";
import { isOurs, MANAGED_BY_LABEL } from "../../openmcp/platform/tenant-access.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Refusals } from "../refusal.ts";
import type { PlatformStores } from "../observed.ts";
import { TOOLKIT_NAME, type TenantObjects } from "../tenant-objects.ts";

/**
 * Says why the toolkit cannot be installed on a workload cluster: another tenant's is there, or was there first.
 *
 * There is one toolkit on a cluster. Two releases would fight over its CRDs, and over each other's Helm release.
 */
export function refuseSharedCluster(objects: TenantObjects, stores: PlatformStores): Refusals["release"] {
  const own = stores.clusterRequests.get(keyOf(objects.clusterRequest));
  const isInstalled = stores.helmReleases.get(keyOf(objects.toolkit)) !== undefined;
  if (objects.target === "mcp" || own === undefined || isInstalled) {
    return undefined;
  }
  const ours = { [MANAGED_BY_LABEL]: objects.labels[MANAGED_BY_LABEL] ?? "" };
  const isTaken = stores.clusterRequests
    .list()
    .filter((other) => other !== own && isOurs(other, ours) && isSameCluster(own, other))
    .some((other) => hasRelease(other, stores) || isOlder(other, own));
  return isTaken
    ? {
        state: "failed",
        reason: "ClusterShared",
        message: "the platform has assigned a workload cluster that has the toolkit of another tenant already",
      }
    : undefined;
}

function isSameCluster({ status: one }: ClusterRequest, { status: other }: ClusterRequest): boolean {
  const [left, right] = [one?.cluster, other?.cluster];
  return left !== undefined && left.name === right?.name && left.namespace === right.namespace;
}

function hasRelease({ metadata: { namespace = "" } }: ClusterRequest, { helmReleases }: PlatformStores): boolean {
  return helmReleases.get(keyOf({ namespace, name: TOOLKIT_NAME })) !== undefined;
}

function isOlder(other: ClusterRequest, own: ClusterRequest): boolean {
  return ageOf(other) < ageOf(own);
}

function ageOf({ metadata: { creationTimestamp = "", uid = "" } }: ClusterRequest): string {
  return `${creationTimestamp} ${uid}`;
}
