import type { OCIRepository } from "../../flux/oci-repository.ts";
import type { ObjectRef } from "../../kube/object.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import { ANNOTATIONS } from "../annotations.ts";
import type { Platform } from "../platform.ts";
import { isMarked, writeMark } from "../source-mark.ts";

/** Whether there may be a release on the control plane of which Flux has never known. */
export function isUnseen(source: OCIRepository | undefined): boolean {
  return isMarked(source, ANNOTATIONS.unseenRelease);
}

/** Writes down that there may be one. */
export function markUnseen(source: ObjectRef, on: { readonly platform: Platform; readonly pass: Pass }): Promise<void> {
  return writeMark(source, { [ANNOTATIONS.unseenRelease]: "true" }, on);
}
