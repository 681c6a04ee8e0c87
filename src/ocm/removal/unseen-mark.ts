import type { OCIRepository } from "../../flux/oci-repository.ts";
import type { ObjectRef } from "../../kube/object.ts";
import type { Pass } from "../../openmcp/service.ts";
import { OCM_GROUP } from "../api/group.ts";
import type { Platform } from "../platform.ts";
import { isMarked, writeMark } from "../source-mark.ts";

/**
 * Annotation of the OCIRepository whose HelmRelease is deleted before Flux has said that it has begun to install, or
 * when Flux cannot uninstall, since the control plane is gone.
 *
 * If the helm-controller is killed in that first attempt, it lets go of the HelmRelease without uninstalling anything
 * (seen in 1.6): then only a look at the control plane tells whether something was left there.
 */
export const UNSEEN_MARK: string = `${OCM_GROUP}/unseen-release`;

/** Whether there may be a release on the control plane of which Flux has never known. */
export function isUnseen(source: OCIRepository | undefined): boolean {
  return isMarked(source, UNSEEN_MARK);
}

/** Writes down that there may be one. */
export function markUnseen(source: ObjectRef, on: { readonly platform: Platform; readonly pass: Pass }): Promise<void> {
  return writeMark(source, { [UNSEEN_MARK]: "true" }, on);
}
