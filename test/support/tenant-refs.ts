import type { ObjRef } from "../../sim/resource-paths.ts";
import { copyName } from "../../src/ocm/chart-secrets.desired.ts";
import { TOOLKIT_NAME } from "../../src/ocm/names.ts";
import { tenantRequestName } from "../../src/openmcp/platform/tenant-access.ts";
import { EARLIER_GROUP, ocmRef, ref } from "./kinds.ts";
import { PULL_SECRET, type Tenant } from "./world.ts";

/** Names of the objects that belong to a tenant. */
export type TenantRefs = {
  /** On the onboarding cluster; all others lie on the platform cluster. */
  readonly ocm: ObjRef;
  readonly accessRequest: ObjRef;
  /** Copy of the pull secret that the world configures. */
  readonly copy: ObjRef;
  readonly source: ObjRef;
  readonly release: ObjRef;
};

/** Names the objects of a tenant whose OCM object is of an API group. */
export function refsOf(
  { name, namespace, tenantNamespace }: Pick<Tenant, "name" | "namespace" | "tenantNamespace">,
  group: string = EARLIER_GROUP,
): TenantRefs {
  const tenant = { controller: group, name, namespace };
  return {
    ocm: ocmRef({ name, namespace, group }),
    accessRequest: ref("accessRequest", tenantRequestName(tenant, "mcp"), tenantNamespace),
    copy: copyRef(tenantNamespace, PULL_SECRET),
    source: ref("ociRepository", TOOLKIT_NAME, tenantNamespace),
    release: ref("helmRelease", TOOLKIT_NAME, tenantNamespace),
  };
}

/** Names the copy of a pull secret in a tenant namespace. */
export function copyRef(tenantNamespace: string, secretName: string): ObjRef {
  return ref("secret", copyName("pull", secretName), tenantNamespace);
}
