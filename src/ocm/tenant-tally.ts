import { READY_REASONS } from "../openmcp/service/status.ts";
import { findCondition } from "../runtime/conditions.ts";
import type { OCM } from "./api/objects.ts";
import { REMOVAL_FAILURES, type ReasonOf } from "./reasons.ts";

/** How many OCM objects there are, and how they are. */
export type TenantTally = {
  readonly total: number;
  readonly ready: number;
  /** Those that somebody has to look after. */
  readonly failing: number;
};

const WITHDRAWN: ReasonOf<"ChartReady"> = "VersionWithdrawn";
const MOST_LISTED = 10;

/** Counts OCM objects by what their status says. */
export function tallyTenants(ocms: readonly OCM[]): TenantTally {
  return {
    total: ocms.length,
    ready: ocms.filter(({ status }) => findCondition(status?.conditions, "Ready")?.status === "True").length,
    failing: ocms.filter(isFailing).length,
  };
}

// Of a deletion Ready says no more than that it goes on, and repeats what does not let it.
function isFailing({ status }: OCM): boolean {
  const ready = findCondition(status?.conditions, "Ready");
  const removed = findCondition(status?.conditions, "Removed");
  const isRemovalFailing = REMOVAL_FAILURES.some((reason) => reason === removed?.reason);
  const isDeletionFailing = isRemovalFailing || ready?.message !== removed?.message;
  return ready?.reason === READY_REASONS.error || (ready?.reason === READY_REASONS.deletion && isDeletionFailing);
}

/** Whether an object has come and is on its way for the first time: that can be counted when there is more to tell. */
export function isArriving(before: OCM | undefined, after: OCM | undefined): boolean {
  return after !== undefined && [before, after].every((ocm) => ocm === undefined || isUnderWay(ocm));
}

function isUnderWay({ status }: OCM): boolean {
  const ready = findCondition(status?.conditions, "Ready");
  return ready === undefined || (ready.status !== "True" && ready.reason === READY_REASONS.progress);
}

/** Says which versions are installed although they are not on offer any more; undefined when there are none. */
export function describeWithdrawn(ocms: readonly OCM[]): string | undefined {
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
  return `still installed though not offered any more: ${versions}${more > 0 ? ` and ${more} more versions` : ""}`;
}
