import { namespaces } from "../kube/core.ts";
import { AlreadyExistsError, NotFoundError } from "../kube/errors.ts";
import { accessRequests } from "../openmcp/access-request.ts";
import { clusterRequests } from "../openmcp/cluster-request.ts";
import type { Pass } from "../openmcp/service-reconciler.ts";
import { mcpAccessRequest, workloadAccessRequest, workloadClusterRequest } from "../openmcp/tenant-access.ts";
import { applierOf } from "./applier.ts";
import type { Platform } from "./platform.ts";
import type { TenantObjects } from "./tenant-objects.ts";

type On = { readonly platform: Platform; readonly pass: Pass };

/**
 * Applies the AccessRequest, after the ClusterRequest of a workload cluster, and creates the tenant namespace when the
 * platform has not done so yet.
 */
export async function applyAccessRequest(objects: TenantObjects, on: On): Promise<void> {
  try {
    await applyRequests(objects, on);
  } catch (error) {
    if (!(error instanceof NotFoundError)) {
      throw error;
    }
    await createNamespace(objects.namespace, on);
    await applyRequests(objects, on);
  }
}

async function applyRequests({ tenant, target }: TenantObjects, { platform, pass }: On): Promise<void> {
  const apply = applierOf(platform, pass);
  const { stores } = platform;
  if (target === "mcp") {
    return apply(accessRequests, stores.accessRequests, mcpAccessRequest(tenant));
  }
  await apply(clusterRequests, stores.clusterRequests, workloadClusterRequest(tenant), { seesAll: true });
  return apply(accessRequests, stores.accessRequests, workloadAccessRequest(tenant));
}

async function createNamespace(name: string, { platform, pass }: On): Promise<void> {
  try {
    await platform.client.create(namespaces, { apiVersion: "v1", kind: "Namespace", metadata: { name } }, pass.signal);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) {
      throw error;
    }
  }
}
