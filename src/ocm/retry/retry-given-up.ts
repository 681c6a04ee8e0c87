import { helmReleases, type HelmRelease } from "../../flux/helm-release.ts";
import type { KubeClient } from "../../kube/client.ts";
import type { Pass } from "../../openmcp/service-reconciler.ts";
import { observe, type PlatformStores } from "../observed.ts";
import type { TenantObjects } from "../tenant-objects.ts";
import { INPUTS_MARK, inputsOf } from "./inputs-mark.ts";
import { retryToken } from "./retry-token.ts";

type PlatformCluster = { readonly client: KubeClient; readonly stores: PlatformStores };

/**
 * Has Flux try once more what it has given up, if something has changed that could help.
 *
 * Token and mark are one write: whatever ends the process, one change leads to one retry.
 */
export async function retryGivenUp(
  desired: HelmRelease | undefined,
  objects: TenantObjects,
  { platform: { client, stores }, pass }: { readonly platform: PlatformCluster; readonly pass: Pass },
): Promise<void> {
  const live = observe(stores, objects).release;
  const token = desired && retryToken(live, desired, pass);
  if (desired === undefined || live === undefined || token === undefined) {
    return;
  }
  const annotations = {
    [INPUTS_MARK]: inputsOf(desired),
    "reconcile.fluxcd.io/requestedAt": token,
    "reconcile.fluxcd.io/resetAt": token,
  };
  const patch = { metadata: { uid: live.metadata.uid, annotations } };
  const { signal } = pass;
  stores.helmReleases.written(await client.mergePatch(helmReleases, live.metadata, patch, { signal }));
}
