import { helmReleases } from "../flux/helm-release.ts";
import { ociRepositories } from "../flux/oci-repository.ts";
import { secrets } from "../kube/core.ts";
import { NotFoundError } from "../kube/errors.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { accessRequests } from "../openmcp/access-request.ts";
import { accessState } from "../openmcp/access-state.ts";
import { clusterRequests } from "../openmcp/cluster-request.ts";
import type { Outcome } from "../openmcp/conclude.ts";
import type { Pass } from "../openmcp/service-reconciler.ts";
import { ACCESS_FINALIZER } from "../openmcp/tenant-access.ts";
import type { TenantClusters } from "../openmcp/tenant-clusters.ts";
import { removeFinalizer } from "../runtime/finalizer.ts";
import { keyOf } from "../runtime/key.ts";
import { applyAccessRequest, deleteIfThere, type Platform } from "./apply-plan.ts";
import { nextRemovalStep, type RemovalSituation, type RemovalStep } from "./next-removal-step.ts";
import { observe, onlyOurs } from "./observed.ts";
import { plainMessage } from "./plain-message.ts";
import { resourceStatuses } from "./resource-statuses.ts";
import type { TenantObjects } from "./tenant-objects.ts";
import type { UserObjectWatches } from "./user-object-watches.ts";
import { countUserObjects } from "./user-objects.ts";

/** What a removal works with. */
export type RemovalDeps = {
  readonly platform: Platform;
  readonly tenantClusters: TenantClusters;
  readonly userObjectWatches: UserObjectWatches;
};

type Removal = RemovalDeps & { readonly objects: TenantObjects; readonly pass: Pass };

/** Takes one step of an installation's removal; `removed` when nothing of it is left on the platform. */
export async function removeInstallation(removal: Removal, recheckAfterMs: number): Promise<Outcome | "removed"> {
  let situation = await lookAt(removal);
  let step = nextRemovalStep(situation);
  if (step.do === "lookForUserObjects") {
    const userObjects = await lookForUserObjects(removal, situation);
    situation = { ...situation, ...(userObjects !== undefined && { userObjects }) };
    step = nextRemovalStep(situation);
  }
  if (step.do !== "wait" && step.do !== "lookForUserObjects") {
    await actions[step.do](removal, situation);
  }
  return step.do === "finish" ? "removed" : outcomeOf(step, removal, recheckAfterMs);
}

// The caches may lag. That nothing is left, or that the control plane is gone, is believed only from the server.
async function lookAt({ platform, objects, pass }: Removal): Promise<RemovalSituation> {
  const observed = observe(platform.stores, objects);
  const read = <T extends KubeObject>(resource: Resource<T>, ref: ObjectRef): Promise<T | undefined> =>
    getIfThere(() => platform.client.get(resource, ref, pass.signal));
  const release = observed.release ?? onlyOurs(await read(helmReleases, objects.toolkit), objects);
  const clusterRequest = observed.clusterRequest ?? (await read(clusterRequests, objects.clusterRequest));
  return {
    accessRequest: observed.accessRequest,
    access: accessState(observed.accessRequest),
    copies: observed.copies,
    source: observed.source,
    release,
    controlPlane: clusterRequest === undefined ? "gone" : "present",
  };
}

async function lookForUserObjects(
  removal: Removal,
  { access }: RemovalSituation,
): Promise<RemovalSituation["userObjects"]> {
  if (access.state !== "granted") {
    return undefined;
  }
  const { objects, pass, tenantClusters, userObjectWatches } = removal;
  const secret = { namespace: objects.namespace, name: access.secretName };
  const found = await tenantClusters.use(secret, (client) => countUserObjects(client, pass.signal));
  // A user who removes the last object shall not have to wait for the next look.
  userObjectWatches.follow(
    keyOf(objects.tenant),
    secret,
    found.map(({ kind }) => kind),
  );
  return found;
}

type Action = (removal: Removal, situation: RemovalSituation) => Promise<void>;

const actions: Readonly<Record<Exclude<RemovalStep["do"], "wait" | "lookForUserObjects">, Action>> = {
  requestAccess: (removal) => applyAccessRequest(removal.objects, removal),
  pointReleaseAtAccess: async (removal, { access }) => {
    if (access.state === "granted") {
      await patchRelease(removal, { kubeConfig: { secretRef: { name: access.secretName } } });
    }
  },
  suspendRelease: (removal) => patchRelease(removal, { suspend: true }),
  deleteRelease: (removal, { release }) => remove(removal, helmReleases, [release]),
  deleteSource: (removal, { source }) => remove(removal, ociRepositories, [source]),
  deleteCopies: (removal, { copies }) => remove(removal, secrets, copies),
  deleteAccess: (removal, { accessRequest }) => remove(removal, accessRequests, [accessRequest]),
  letGoOfAccess: async ({ platform, pass }, { accessRequest }) => {
    if (accessRequest !== undefined) {
      await removeFinalizer(platform.client, accessRequests, accessRequest, ACCESS_FINALIZER, pass.signal);
    }
  },
  finish: async ({ userObjectWatches, objects }) => userObjectWatches.stop(keyOf(objects.tenant)),
};

async function remove(
  { platform, pass }: Removal,
  resource: Resource,
  objects: readonly (KubeObject | undefined)[],
): Promise<void> {
  for (const object of objects) {
    if (object !== undefined) {
      await deleteIfThere(platform.client, resource, object, pass.signal);
    }
  }
}

async function patchRelease({ platform, objects, pass }: Removal, spec: object): Promise<void> {
  const patched = await platform.client.mergePatch(helmReleases, objects.toolkit, { spec }, { signal: pass.signal });
  platform.stores.helmReleases.written(patched);
}

async function getIfThere<T>(get: () => Promise<T>): Promise<T | undefined> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}

function outcomeOf(step: RemovalStep, { platform, objects }: Removal, recheckAfterMs: number): Outcome {
  const report =
    step.do === "wait"
      ? { state: step.state, reason: step.reason, message: plainMessage(step.message) }
      : ({ state: "waiting", reason: "Removing", message: "the installation is being removed" } as const);
  return {
    reports: [{ type: "Removed", ...report }],
    summary: report.message,
    details: { resources: resourceStatuses(observe(platform.stores, objects)) },
    retry: { afterMs: recheckAfterMs },
  };
}
