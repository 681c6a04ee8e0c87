import type { HelmRelease } from "../../flux/helm-release.ts";
import type { OCIRepository } from "../../flux/oci-repository.ts";
import { isKnownToFlux } from "../../flux/readiness.ts";
import type { ObjectRef } from "../../kube/object.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import { ANNOTATIONS } from "../annotations.ts";
import type { Platform } from "../platform.ts";
import { isMarked, writeMark } from "../source-mark.ts";

/** Whether a Helm release is changing hands. */
export function isTakeoverMarked(source: OCIRepository | undefined): boolean {
  return isMarked(source, ANNOTATIONS.takeover);
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
  return writeMark(source, { [ANNOTATIONS.takeover]: isUnderWay ? "under-way" : null }, on);
}
