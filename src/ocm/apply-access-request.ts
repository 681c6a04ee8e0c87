import { accessRequests, clusterRequests } from "../openmcp/platform/kinds.ts";
import type { Pass } from "../openmcp/service/reconciler.ts";
import { mcpAccessRequest, workloadAccessRequest, workloadClusterRequest } from "../openmcp/platform/tenant-access.ts";
import { applierOf } from "./applier.ts";
import type { Platform } from "./platform.ts";
import type { TenantObjects } from "./tenant-objects.ts";

/** Applies the AccessRequest, after the ClusterRequest of a workload cluster. */
export async function applyAccessRequest(
  { tenant, target }: TenantObjects,
  { platform, pass }: { readonly platform: Platform; readonly pass: Pass },
): Promise<void> {
  const apply = applierOf(platform, pass);
  const { stores } = platform;
  if (target === "mcp") {
    return apply(accessRequests, stores.accessRequests, mcpAccessRequest(tenant));
  }
  await apply(clusterRequests, stores.clusterRequests, workloadClusterRequest(tenant), { seesAll: true });
  return apply(accessRequests, stores.accessRequests, workloadAccessRequest(tenant));
}
