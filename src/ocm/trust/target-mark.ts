import type { OCIRepository } from "../../flux/oci-repository.ts";
import type { ObjectRef } from "../../kube/object.ts";
import type { Pass } from "../../openmcp/service.ts";
import { OCM_GROUP } from "../api/group.ts";
import type { Platform } from "../platform.ts";
import { isMarked, writeMark } from "../source-mark.ts";

/**
 * Annotation of the OCIRepository while there may be Secrets of ours beside the toolkit's pods.
 *
 * It is set before the first is written and goes after the last, so that they are found again after a restart, and
 * tenants that have none cost no connection.
 */
const TARGET_MARK = `${OCM_GROUP}/toolkit-secrets`;

/** Whether there may be Secrets of ours beside the toolkit's pods. */
export function isTargetMarked(source: OCIRepository | undefined): boolean {
  return isMarked(source, TARGET_MARK);
}

/** Writes down that there are going to be Secrets of ours, or that there is none left. */
export function markTarget(
  source: ObjectRef,
  isUsed: boolean,
  on: { readonly platform: Platform; readonly pass: Pass },
): Promise<void> {
  return writeMark(source, { [TARGET_MARK]: isUsed ? "true" : null }, on);
}
