import type { OCIRepository } from "../../flux/oci-repository.ts";
import type { ObjectRef } from "../../kube/object.ts";
import type { Pass } from "../../openmcp/service/reconciler.ts";
import { ANNOTATIONS } from "../annotations.ts";
import type { Platform } from "../platform.ts";
import { isMarked, writeMark } from "../source-mark.ts";

/** Whether there may be Secrets of ours beside the toolkit's pods. */
export function isTargetMarked(source: OCIRepository | undefined): boolean {
  return isMarked(source, ANNOTATIONS.toolkitSecrets);
}

/** Writes down that there are going to be Secrets of ours, or that there is none left. */
export function markTarget(
  source: ObjectRef,
  isUsed: boolean,
  on: { readonly platform: Platform; readonly pass: Pass },
): Promise<void> {
  return writeMark(source, { [ANNOTATIONS.toolkitSecrets]: isUsed ? "true" : null }, on);
}
