import { ociRepositories, type OCIRepository } from "../../flux/oci-repository.ts";
import { secrets } from "../../kube/core.ts";
import { isGone, type KubeObject, type ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { accessRequests, clusterRequests } from "../../openmcp/platform/kinds.ts";
import { isOnlyPredecessors, isPredecessors } from "../../openmcp/platform/ownership.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import { ACCESS_FINALIZER, isLastHolder } from "../../openmcp/platform/tenant-access.ts";
import { removeFinalizer } from "../../runtime/finalizer.ts";
import type { Store } from "../../runtime/store.ts";
import type { Platform } from "../platform.ts";
import { deleteIfThere } from "../../openmcp/platform/delete-object.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { readIfThere } from "../read-if-there.ts";
import type { Leftovers, LeftoverStores } from "./leftovers.ts";

type On = { readonly platform: Platform; readonly pass: Pass; readonly leftovers: LeftoverStores };

const PULL_SECRET_TYPE = "kubernetes.io/dockerconfigjson";

/**
 * Removes, as far as possible now, what the Go provider left beside a release. May be repeated from any state.
 *
 * The access goes before the cluster it is for.
 */
export async function removeLeftovers(leftovers: Leftovers, on: On): Promise<void> {
  const { source, workloadAccess, workloadRequest } = leftovers;
  const { client, stores } = on.platform;
  if (source !== undefined && source.metadata.deletionTimestamp === undefined) {
    await removeForgottenCopy(source, undefined, on);
    on.leftovers.sources.deleted(source, await deleteIfThere(client, ociRepositories, source, on.pass.signal));
  }
  const access = { ...on, resource: accessRequests, store: stores.accessRequests };
  if (workloadAccess === undefined || (await removeRequest(workloadAccess, access))) {
    const cluster = { ...on, resource: clusterRequests, store: stores.clusterRequests };
    await (workloadRequest && removeRequest(workloadRequest, cluster));
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
  on: Pick<On, "platform" | "pass">,
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

/** Removes a request as far as possible now; true when it is gone. */
async function removeRequest<T extends KubeObject>(
  request: T,
  { platform, pass, resource, store }: On & { readonly resource: Resource<T>; readonly store: Store<T> },
): Promise<boolean> {
  const isGoing = request.metadata.deletionTimestamp !== undefined;
  const going = isGoing ? request : await deleteIfThere(platform.client, resource, request, pass.signal);
  const left =
    going !== undefined && isLastHolder(going)
      ? await removeFinalizer<T>(platform.client, resource, going, ACCESS_FINALIZER, pass.signal)
      : going;
  store.deleted(request, left);
  return left === undefined || isGone(left);
}
