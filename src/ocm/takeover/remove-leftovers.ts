import { ociRepositories, type OCIRepository } from "../../flux/oci-repository.ts";
import { secrets } from "../../kube/core.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { accessRequests } from "../../openmcp/access-request.ts";
import { clusterRequests } from "../../openmcp/cluster-request.ts";
import { isOnlyPredecessors, isPredecessors } from "../../openmcp/predecessor.ts";
import type { Pass } from "../../openmcp/service-reconciler.ts";
import { ACCESS_FINALIZER, isLastHolder } from "../../openmcp/tenant-access.ts";
import { removeFinalizer } from "../../runtime/finalizer.ts";
import type { Platform } from "../platform.ts";
import { deleteIfThere } from "../delete-object.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { readIfThere } from "../read-if-there.ts";
import type { Leftovers } from "./leftovers.ts";

type On = { readonly platform: Platform; readonly pass: Pass };

const PULL_SECRET_TYPE = "kubernetes.io/dockerconfigjson";

/**
 * Removes, as far as possible now, what the Go provider left beside a release. May be repeated from any state.
 *
 * The access goes before the cluster it is for.
 */
export async function removeLeftovers(leftovers: Leftovers, on: On): Promise<void> {
  const { source, workloadAccess, workloadRequest } = leftovers;
  if (source !== undefined && source.metadata.deletionTimestamp === undefined) {
    await removeForgottenCopy(source, undefined, on);
    await deleteIfThere(on.platform.client, ociRepositories, source, on.pass.signal);
  }
  if (workloadAccess !== undefined) {
    await removeRequest(accessRequests, workloadAccess, on);
  } else if (workloadRequest !== undefined) {
    await removeRequest(clusterRequests, workloadRequest, on);
  }
}

/**
 * Removes the copy of a pull secret that the Go provider made for a chart source of its own, unless it bears the name
 * `wanted`, or anybody else has ever written it.
 *
 * The copies bear no label, so only the source tells their name: this comes right before the source goes or changes.
 */
export async function removeForgottenCopy(
  source: OCIRepository | undefined,
  wanted: string | undefined,
  on: On,
): Promise<void> {
  const copy = source === undefined ? undefined : copyNamedBy(source);
  const secret = copy === undefined || copy.name === wanted ? undefined : await readIfThere(secrets, copy, on);
  if (secret?.type === PULL_SECRET_TYPE && isOnlyPredecessors(secret, FIELD_MANAGER)) {
    await deleteIfThere(on.platform.client, secrets, secret, on.pass.signal);
  }
}

function copyNamedBy(source: OCIRepository): ObjectRef | undefined {
  const { namespace = "" } = source.metadata;
  const name = source.spec?.secretRef?.name;
  return name === undefined || !isPredecessors(source, FIELD_MANAGER) ? undefined : { namespace, name };
}

async function removeRequest<T extends KubeObject>(
  resource: Resource<T>,
  request: T,
  { platform, pass }: On,
): Promise<void> {
  if (request.metadata.deletionTimestamp === undefined) {
    await deleteIfThere(platform.client, resource, request, pass.signal);
  } else if (isLastHolder(request)) {
    await removeFinalizer(platform.client, resource, request, ACCESS_FINALIZER, pass.signal);
  }
}
