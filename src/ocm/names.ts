import type { ObjectRef } from "../kube/object.ts";
import { tenantNamespace } from "../openmcp/platform/names.ts";
import { tenantLabels, tenantRequestName, type Tenant, type TenantTarget } from "../openmcp/platform/tenant-access.ts";
import { OCM_GROUP } from "./api/group.ts";

/** Name of OCIRepository and HelmRelease in every tenant namespace. */
export const TOOLKIT_NAME = "sp-ocm-k8s-toolkit";

/** Names of HelmRelease and OCIRepository in every tenant namespace as the first versions of the Go provider chose them. */
export const FIRST_RELEASE_NAME = "helm-release";
export const FIRST_SOURCE_NAME = "oci-repository";

/** Name of the Helm release, the same as the Go provider gives it, so that a release is taken over in place. */
export const RELEASE_NAME = "ocm-k8s-toolkit";

/** Where the toolkit runs on the control plane. */
export const RELEASE_NAMESPACE = "ocm-k8s-toolkit-system";

/** Where the objects of one tenant lie on the platform cluster. */
export type Names = {
  readonly tenant: Tenant;
  /** The cluster that the toolkit is for. */
  readonly target: TenantTarget;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** ClusterRequest of the control plane: the platform has made it. */
  readonly controlPlane: ObjectRef;
  /** ClusterRequest of the target: the control plane's, or one of our own. */
  readonly clusterRequest: ObjectRef;
  readonly accessRequest: ObjectRef;
  /** OCIRepository and HelmRelease. */
  readonly toolkit: ObjectRef;
};

/** Names the objects of the tenant whose OCM object this is. */
export function namesOf(ocm: ObjectRef, target: TenantTarget = "mcp"): Names {
  const tenant: Tenant = { controller: OCM_GROUP, name: ocm.name, namespace: ocm.namespace ?? "" };
  const namespace = tenantNamespace(tenant.name, tenant.namespace);
  const controlPlane = { namespace, name: tenant.name };
  return {
    tenant,
    target,
    namespace,
    labels: tenantLabels(tenant, target),
    controlPlane,
    clusterRequest: target === "mcp" ? controlPlane : { namespace, name: tenantRequestName(tenant, target) },
    accessRequest: { namespace, name: tenantRequestName(tenant, target) },
    toolkit: { namespace, name: TOOLKIT_NAME },
  };
}
