import { buildHelmRelease, type HelmRelease, helmReleases } from "../../flux/helm-release.ts";
import { ociRepositories } from "../../flux/oci-repository.ts";
import { secrets } from "../../kube/core.ts";
import type { KubeObject } from "../../kube/object.ts";
import {
  type AccessRequest,
  accessRequests,
  type ClusterRequest,
  clusterRequests,
} from "../../openmcp/platform/kinds.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Store } from "../../runtime/store.ts";
import type { OCM } from "../api/objects.ts";
import { applyAccessRequest } from "../apply-access-request.ts";
import { deleteIfThere, deleteUnchanged } from "../../openmcp/platform/delete-object.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { letGo, type Of } from "../let-go.ts";
import type { Platform } from "../platform.ts";
import { readIfThere } from "../read-if-there.ts";
import { FIRST_RELEASE_NAME, type LeftoverStores } from "../takeover/leftovers.ts";
import { removeForgottenCopy, removeLeftovers } from "../takeover/remove-leftovers.ts";
import { markTakeover } from "../takeover/takeover-mark.ts";
import type { Targets } from "../target/targets.ts";
import { RELEASE_NAME, RELEASE_NAMESPACE, type TenantObjects, TOOLKIT_NAME } from "../tenant-objects.ts";
import { isTargetMarked } from "../trust/target-mark.ts";
import type { ToolkitSecretKeeper } from "../trust/toolkit-secret-keeper.ts";
import type { RemovalSituation, RemovalStep } from "./removal-step.ts";
import { isUnseen, markUnseen } from "./unseen-mark.ts";
import type { UserObjectWatches } from "./user-object-watches.ts";

/** What a removal works with. */
export type RemovalDeps = {
  readonly platform: Platform;
  readonly leftovers: LeftoverStores;
  readonly targets: Targets;
  readonly userObjectWatches: UserObjectWatches;
  readonly toolkitSecrets: ToolkitSecretKeeper;
};

/** The removal of one installation. */
export type Removal = RemovalDeps & { readonly ocm: OCM; readonly objects: TenantObjects; readonly pass: Pass };

type Action = (removal: Removal, situation: RemovalSituation) => Promise<void>;

/** What is done for each step. Each may be repeated. */
export const removalActions: Readonly<
  Record<Exclude<RemovalStep["do"], "wait" | "lookForUserObjects" | "lookForRelease">, Action>
> = {
  requestAccess: (removal) => applyAccessRequest(removal.objects, removal),
  pointReleaseAtAccess: async (removal, { access, release }) => {
    if (access.state === "granted") {
      await patchRelease(removal, release, { kubeConfig: { secretRef: { name: access.secretName } } });
    }
  },
  resumeRelease: (removal, { release }) => patchRelease(removal, release, { suspend: null }),
  takeOverRelease,
  rememberRelease: (removal) => markTakeover(removal.objects.toolkit, true, removal),
  noteUnseenRelease: (removal) => markUnseen(removal.objects.toolkit, removal),
  removeMark,
  removeLeftovers: async (removal, { leftovers }) => {
    if (leftovers !== undefined) {
      await removeLeftovers(leftovers, removal);
    }
  },
  suspendRelease: (removal, { release }) => patchRelease(removal, release, { suspend: true }),
  // Not even the newest cache knows for sure that nobody has suspended it.
  deleteRelease: async (removal, { release, source, controlPlane }) => {
    if (release === undefined) {
      return;
    }
    // If the control plane is ordered again before the rest is removed, somebody has to look at it.
    if (controlPlane === "gone" && source !== undefined && !isUnseen(source)) {
      await markUnseen(removal.objects.toolkit, removal);
    }
    const { platform, pass } = removal;
    const left = await deleteUnchanged(platform.client, helmReleases, await newest(release, removal), pass.signal);
    storeOf(release, removal).deleted(release, left);
  },
  deleteSource: async (removal, { source, controlPlane }) => {
    if (isTargetMarked(source) && controlPlane === "present") {
      await removal.toolkitSecrets.remove(removal);
    }
    await removeForgottenCopy(source, undefined, removal);
    await remove(source, { ...removal, resource: ociRepositories, store: removal.platform.stores.ociRepositories });
  },
  deleteCopies: async (removal, { copies }) => {
    for (const copy of copies.filter(({ metadata }) => metadata.deletionTimestamp === undefined)) {
      await remove(copy, { ...removal, resource: secrets, store: removal.platform.stores.secretCopies });
    }
  },
  deleteAccess: (removal, { accessRequest }) => remove(accessRequest, { ...removal, ...accessesOf(removal) }),
  letGoOfAccess: async (removal, { accessRequest }) => {
    if (accessRequest !== undefined) {
      await letGo(accessRequest, { ...removal, ...accessesOf(removal) });
    }
  },
  deleteCluster: (removal, { ownCluster }) => remove(ownCluster, { ...removal, ...clustersOf(removal) }),
  letGoOfCluster: async (removal, { ownCluster }) => {
    if (ownCluster !== undefined) {
      await letGo(ownCluster, { ...removal, ...clustersOf(removal) });
    }
  },
  finish: async ({ userObjectWatches, objects }) => userObjectWatches.stop(keyOf(objects.tenant)),
};

function accessesOf({ platform }: Removal): Of<AccessRequest> {
  return { resource: accessRequests, store: platform.stores.accessRequests };
}

function clustersOf({ platform }: Removal): Of<ClusterRequest> {
  return { resource: clusterRequests, store: platform.stores.clusterRequests };
}

async function remove<T extends KubeObject>(
  object: T | undefined,
  { platform, pass, resource, store }: Removal & Of<T>,
): Promise<void> {
  if (object !== undefined) {
    store.deleted(object, await deleteIfThere(platform.client, resource, object, pass.signal));
  }
}

function storeOf(release: HelmRelease, { platform, leftovers }: Removal): Store<HelmRelease> {
  return release.metadata.name === FIRST_RELEASE_NAME ? leftovers.releases : platform.stores.helmReleases;
}

/**
 * The release as the server has it, if nobody has changed what it asks for.
 *
 * Flux writes its status faster than a watch tells: of an older version every change would be a conflict.
 */
async function newest(release: HelmRelease, removal: Removal): Promise<HelmRelease> {
  const { uid, generation } = release.metadata;
  const found = await readIfThere(helmReleases, release.metadata, removal);
  const isSame = found?.metadata.uid === uid && found?.metadata.generation === generation;
  return found !== undefined && isSame ? found : release;
}

// Only as it was seen: what somebody has suspended meanwhile is theirs.
async function patchRelease(removal: Removal, release: RemovalSituation["release"], spec: object): Promise<void> {
  if (release !== undefined) {
    const { platform, pass } = removal;
    const { uid, resourceVersion } = (await newest(release, removal)).metadata;
    const patch = { metadata: { uid, resourceVersion }, spec };
    const options = { fieldManager: FIELD_MANAGER, signal: pass.signal };
    const patched = await platform.client.mergePatch(helmReleases, release.metadata, patch, options);
    storeOf(release, removal).written(patched);
  }
}

// Whether Flux has let go of a release that is going, the cache learns late: then it has to be taken over.
async function removeMark({ platform, objects, pass }: Removal, { release }: RemovalSituation): Promise<void> {
  const isGoing = release?.metadata.deletionTimestamp !== undefined;
  if (isGoing && (await readIfThere(helmReleases, objects.toolkit, { platform, pass })) === undefined) {
    platform.stores.helmReleases.deleted(release, undefined);
  } else {
    await markTakeover(objects.toolkit, false, { platform, pass });
  }
}

// Only to let Flux find the Helm release, so that it uninstalls it: nobody needs its values any more.
async function takeOverRelease({ platform, objects, pass }: Removal, { access }: RemovalSituation): Promise<void> {
  if (access.state === "granted") {
    const { toolkit, labels } = objects;
    const release = buildHelmRelease(
      { ...toolkit, labels },
      {
        chartName: TOOLKIT_NAME,
        releaseName: RELEASE_NAME,
        targetNamespace: RELEASE_NAMESPACE,
        kubeconfigSecret: access.secretName,
        interval: "1m0s",
      },
    );
    const options = { fieldManager: FIELD_MANAGER, signal: pass.signal };
    platform.stores.helmReleases.written(await platform.client.apply(helmReleases, release, options));
  }
}
