import type { Note } from "../openmcp/service/definition.ts";
import { findCondition } from "../runtime/conditions.ts";
import type { OCM } from "./api/objects.ts";
import { REMOVAL_FAILURES, type ReasonOf } from "./reasons.ts";

const WITHDRAWN: ReasonOf<"ChartReady"> = "VersionWithdrawn";
const MOST_LISTED = 10;

/** Whether the removal of an installation stands still until the operator acts. */
export function isRemovalFailing({ status }: OCM): boolean {
  const removed = findCondition(status?.conditions, "Removed");
  return REMOVAL_FAILURES.some((reason) => reason === removed?.reason);
}

/** Lists the versions that are installed although they are withdrawn; undefined if there are none. */
export function noteWithdrawn(ocms: readonly OCM[]): Note | undefined {
  const counts = new Map<string, number>();
  for (const { spec, status } of ocms) {
    if (findCondition(status?.conditions, "ChartReady")?.reason === WITHDRAWN) {
      counts.set(spec.version, (counts.get(spec.version) ?? 0) + 1);
    }
  }
  if (counts.size === 0) {
    return undefined;
  }
  const listed = [...counts].toSorted(([one], [other]) => (one < other ? -1 : 1)).slice(0, MOST_LISTED);
  const more = counts.size - listed.length;
  const versions = listed.map(([version, count]) => `${version} (${count})`).join(", ");
  const message = `still installed though not offered any more: ${versions}${more > 0 ? ` and ${more} more versions` : ""}`;
  return { reason: "VersionsWithdrawn" satisfies ReasonOf<"Accepted">, message };
}

/** Whether an installation has succeeded, or failed for a reason that may lie in the kubeconfig. */
export function isAtRest({ status }: OCM): boolean {
  const conditions = status?.conditions ?? [];
  const reason = findCondition(conditions, "ReleaseReady")?.reason ?? "";
  const isFailing = ["ReleaseFailed", "ClusterUnreachable"].includes(reason);
  return isFailing || findCondition(conditions, "Ready")?.status === "True";
}
