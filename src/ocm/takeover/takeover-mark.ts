import type { HelmRelease } from "../../flux/helm-release.ts";
import type { OCIRepository } from "../../flux/oci-repository.ts";
import { isKnownToFlux } from "../../flux/readiness.ts";
import type { ObjectRef } from "../../kube/object.ts";
import type { Pass } from "../../openmcp/service.ts";
import { OCM_GROUP } from "../api/group.ts";
import type { Platform } from "../platform.ts";
import { isMarked, writeMark } from "../source-mark.ts";

/**
 * Annotation of the OCIRepository while a Helm release changes hands.
 *
 * It is set before the old HelmRelease is put away and goes when Flux has found the Helm release under the new one:
 * in between neither object alone tells that the control plane has a release. It is set as well before the access goes
 * with which Flux is about to uninstall: without it Flux lets go of the HelmRelease and leaves the Helm release behind.
 */
export const TAKEOVER_MARK: string = `${OCM_GROUP}/takeover`;

/** Whether a Helm release is changing hands. */
export function isTakeoverMarked(source: OCIRepository | undefined): boolean {
  return isMarked(source, TAKEOVER_MARK);
}

/** Whether Flux is about to uninstall a release, and it is not written down what it leaves behind if it cannot. */
export function isForgettable(release: HelmRelease | undefined, source: OCIRepository | undefined): boolean {
  const isGoing = release?.metadata.deletionTimestamp !== undefined;
  return isGoing && isKnownToFlux(release) && source !== undefined && !isTakeoverMarked(source);
}

/** Writes down that a Helm release is changing hands, or has done so. */
export function markTakeover(
  source: ObjectRef,
  isUnderWay: boolean,
  on: { readonly platform: Platform; readonly pass: Pass },
): Promise<void> {
  return writeMark(source, { [TAKEOVER_MARK]: isUnderWay ? "under-way" : null }, on);
}
