import { helmReleases } from "../../flux/helm-release.ts";
import { ociRepositories } from "../../flux/oci-repository.ts";
import { secrets, type Secret } from "../../kube/core.ts";
import { accessRequests, clusterRequests } from "../../openmcp/platform/kinds.ts";
import { accessState, type AccessState, MANAGED_BY_LABEL } from "../../openmcp/platform/tenant-access.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import type { Platform } from "../platform.ts";
import type { RemovalSituation } from "./removal-step.ts";
import { observe, type Observed, onlyOurs } from "../observed.ts";
import { readIfThere } from "../read-if-there.ts";
import { findLeftovers, type Leftovers, type LeftoverStores } from "../takeover/leftovers.ts";
import { tenantObjectsOf, type TenantObjects } from "../tenant-objects.ts";

/** Whose situation it is, and where to look. */
export type Looking = {
  readonly platform: Platform;
  readonly leftovers: LeftoverStores;
  readonly objects: TenantObjects;
  readonly pass: Pass;
};

/**
 * Looks at what is left of an installation.
 *
 * The caches may lag: that there is no release, or that the control plane is gone, is believed only from the server.
 * That nothing at all is left is, too, but only asked for when it is about to be believed (`isLast`): an object whose
 * creation was not answered is in no cache until the watch tells of it. Without anything in the caches, nothing tells
 * the target either, so that the look covers both.
 */
export async function readSituation(
  looking: Looking,
  { isLast }: { readonly isLast: boolean },
): Promise<RemovalSituation> {
  const { platform, objects } = looking;
  const cached = observe(platform.stores, objects);
  const leftovers = findLeftovers(objects, platform.stores, looking.leftovers);
  const release =
    leftovers.release ?? cached.release ?? onlyOurs(await readIfThere(helmReleases, objects.toolkit, looking), objects);
  const clusterRequest = cached.clusterRequest ?? (await readIfThere(clusterRequests, objects.clusterRequest, looking));
  const seen: Parts = { ...cached, leftovers };
  const { accessRequest, copies, source, ...rest } = isLast ? await withUncached(seen, looking) : seen;
  return {
    accessRequest,
    access: accessState(accessRequest),
    copies,
    source,
    release,
    controlPlane: clusterRequest === undefined ? "gone" : "present",
    ...(clusterRequest !== undefined &&
      objects.target === "workload" &&
      onlyOurs(clusterRequest, objects) !== undefined && { ownCluster: clusterRequest }),
    leftovers: rest.leftovers,
  };
}

/**
 * Looks once more at the control plane and the access to it, on the server.
 *
 * Who deletes the release relies on them: without its kubeconfig Flux lets go of a release and uninstalls nothing.
 */
export async function confirmAccess(situation: RemovalSituation, looking: Looking): Promise<RemovalSituation> {
  const { objects } = looking;
  const [found, clusterRequest] = await Promise.all([
    readIfThere(accessRequests, objects.accessRequest, looking),
    readIfThere(clusterRequests, objects.clusterRequest, looking),
  ]);
  const accessRequest = onlyOurs(found, objects);
  const access = await withKubeconfig(accessState(accessRequest), looking);
  return { ...situation, accessRequest, access, controlPlane: clusterRequest === undefined ? "gone" : "present" };
}

async function withKubeconfig(access: AccessState, looking: Looking): Promise<AccessState> {
  if (access.state !== "granted") {
    return access;
  }
  const { secretName: name } = access;
  const kubeconfig = await readIfThere(secrets, { namespace: looking.objects.namespace, name }, looking);
  const message = `Secret "${name}" with the kubeconfig does not exist`;
  return kubeconfig === undefined ? { state: "pending", message } : access;
}

type Parts = Pick<Observed, "accessRequest" | "copies" | "source"> & { readonly leftovers: Leftovers };

async function withUncached(cached: Parts, looking: Looking): Promise<Parts> {
  const { objects } = looking;
  const [leftovers, accessRequest, source, copies] = await Promise.all([
    objects.target === "mcp" ? withUncachedRequests(cached.leftovers, looking) : cached.leftovers,
    cached.accessRequest ?? readIfThere(accessRequests, objects.accessRequest, looking),
    cached.source ?? readIfThere(ociRepositories, objects.toolkit, looking),
    cached.copies.length > 0 ? cached.copies : listCopies(looking),
  ]);
  return {
    accessRequest: onlyOurs(accessRequest, objects),
    source: onlyOurs(source, objects),
    copies: copies.filter((copy) => onlyOurs(copy, objects) !== undefined),
    leftovers,
  };
}

// Without a cache that knows of them, these are all that tells of a workload cluster as the target.
async function withUncachedRequests(cached: Leftovers, looking: Looking): Promise<Leftovers> {
  const workload = tenantObjectsOf(looking.objects.tenant, "workload");
  const [access, request] = await Promise.all([
    cached.workloadAccess ?? readIfThere(accessRequests, workload.accessRequest, looking),
    cached.workloadRequest ?? readIfThere(clusterRequests, workload.clusterRequest, looking),
  ]);
  return { ...cached, workloadAccess: onlyOurs(access, workload), workloadRequest: onlyOurs(request, workload) };
}

async function listCopies({ platform, objects, pass }: Looking): Promise<readonly Secret[]> {
  const { items } = await platform.client.list<Secret>(secrets, {
    namespace: objects.namespace,
    labelSelector: `${MANAGED_BY_LABEL}=${objects.labels[MANAGED_BY_LABEL] ?? ""}`,
    signal: pass.signal,
  });
  return items;
}
