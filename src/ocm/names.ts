import type { ObjectRef } from "../kube/object.ts";
import {
  type Tenant,
  tenantFor,
  type TenantNames,
  tenantNames,
  type TenantTarget,
} from "../openmcp/platform/tenant-access.ts";
import { SHARD_LABEL } from "../openmcp/service/shards.ts";
import { remember } from "../runtime/remember.ts";
import { CURRENT_GROUP, INSTALLATION_MARK } from "./api/group.ts";
import type { OCM } from "./api/objects.ts";

/** Name of OCIRepository and HelmRelease in every tenant namespace. */
export const TOOLKIT_NAME = "sp-ocm-k8s-toolkit";

/** Name of the OCIRepository by which Flux looks for another tag than the one that the tenant asks for. */
export const LOOKUP_NAME = "sp-ocm-k8s-toolkit-lookup";

/** Names of HelmRelease and OCIRepository in every tenant namespace as the first versions of the Go provider chose them. */
export const FIRST_RELEASE_NAME = "helm-release";
export const FIRST_SOURCE_NAME = "oci-repository";

/** Name of the Helm release, the same as the Go provider gives it, so that a release is taken over in place. */
export const RELEASE_NAME = "ocm-k8s-toolkit";

/** Where the toolkit runs on the control plane. */
export const RELEASE_NAMESPACE = "ocm-k8s-toolkit-system";

/** Where the objects of one tenant lie on the platform cluster. */
export type Names = TenantNames & {
  /** OCIRepository and HelmRelease. */
  readonly toolkit: ObjectRef;
  readonly lookup: ObjectRef;
  /** Which of Flux's controllers look after these objects; absent for those without a shard. */
  readonly fluxShard?: string | undefined;
};

/** Labels of the tenant's objects of Flux. */
export function fluxLabels({ labels, fluxShard }: Pick<Names, "labels" | "fluxShard">): Names["labels"] {
  return fluxShard === undefined ? labels : { ...labels, [SHARD_LABEL]: fluxShard };
}

/** The tenant whose OCM object this is. */
export function tenantOf(ocm: OCM): Tenant {
  return tenantFor(ocm, [INSTALLATION_MARK, CURRENT_GROUP]);
}

/** Names the objects of a tenant. */
export function namesOf(ref: ObjectRef & Partial<Tenant>, target: TenantTarget = "mcp"): Names {
  const key = [target, ref.namespace, ref.name, ref.controller, ...(ref.requesters ?? [])].join(" ");
  return remember(remembered, key, { limit: REMEMBERED_TENANTS, make: () => nameAll(ref, target) });
}

/** One pass asks for the names of its tenant many times, and there are few passes at once. */
const REMEMBERED_TENANTS = 200;
const remembered = new Map<string, Names>();

function nameAll({ name, namespace = "", ...tenant }: ObjectRef & Partial<Tenant>, target: TenantTarget): Names {
  const names = tenantNames({ controller: INSTALLATION_MARK, ...tenant, name, namespace }, target);
  const named = (object: string): ObjectRef => ({ namespace: names.namespace, name: object });
  return { ...names, toolkit: named(TOOLKIT_NAME), lookup: named(LOOKUP_NAME) };
}
