import { ociRepositories, type OCIRepository } from "../../flux/oci-repository.ts";
import type { ObjectRef } from "../../kube/object.ts";
import type { Pass } from "../../openmcp/service-reconciler.ts";
import { OCM_GROUP } from "../api/group.ts";
import type { Platform } from "../apply-plan.ts";

/**
 * Annotation of the OCIRepository while a Helm release changes hands.
 *
 * It is set before the old HelmRelease is put away and goes when Flux has found the Helm release under the new one:
 * in between neither object alone tells that the control plane has a release.
 */
export const TAKEOVER_MARK: string = `${OCM_GROUP}/takeover`;

/** Whether a Helm release is changing hands. */
export function isTakeoverMarked(source: OCIRepository | undefined): boolean {
  return source?.metadata.annotations?.[TAKEOVER_MARK] !== undefined;
}

/** Writes down that a Helm release is changing hands, or has done so. */
export async function markTakeover(
  source: ObjectRef,
  isUnderWay: boolean,
  { platform, pass }: { readonly platform: Platform; readonly pass: Pass },
): Promise<void> {
  const annotations = { [TAKEOVER_MARK]: isUnderWay ? "under-way" : null };
  const { signal } = pass;
  const marked = await platform.client.mergePatch(ociRepositories, source, { metadata: { annotations } }, { signal });
  platform.stores.ociRepositories.written(marked);
}
