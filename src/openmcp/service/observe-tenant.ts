import type { Clock } from "../../kube/clock.ts";
import { findCondition } from "../../runtime/conditions.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Served } from "./served.ts";
import type { ServiceObject } from "./status.ts";
import type { TenantObserver } from "./tenant-figures.ts";

type Observing = {
  readonly observeTenants?: Pick<TenantObserver, "firstReady" | "removed">;
  readonly clock: Clock;
};

/** Tells the observer of an installation that is ready for the first time. */
export function observeFirstReady<T extends ServiceObject>(
  { observeTenants, clock, served }: Observing & { readonly served: Pick<Served<T>, "all"> },
  before: T,
  after: T,
): void {
  const afterMs = firstReadyAfterMs(before, after, clock.now());
  // Nobody has waited for an object that takes over the installation of another one.
  if (afterMs !== undefined && served.all(keyOf(after)).length === 1) {
    observeTenants?.firstReady(afterMs);
  }
}

/** Tells the observer that nothing is left of what was made for an object. */
export function observeRemoved({ observeTenants, clock }: Observing, { metadata }: ServiceObject): void {
  observeTenants?.removed(Math.max(0, clock.now() - Date.parse(metadata.deletionTimestamp ?? "")));
}

/**
 * How long it took an installation to become ready for the first time, when a change of its status says just that;
 * otherwise undefined. Pure.
 *
 * A `Ready` that was taken back is younger than the conditions that had been True with it. So the object itself tells
 * its first time from another one, whatever process looks at it, unless `Ready` was lost within the second in which it
 * came: times of conditions are whole seconds.
 */
export function firstReadyAfterMs(before: ServiceObject, after: ServiceObject, nowMs: number): number | undefined {
  const isReady = findCondition(after.status?.conditions, "Ready")?.status === "True";
  const createdMs = Date.parse(after.metadata.creationTimestamp ?? "");
  return !isReady || wasReady(before) || Number.isNaN(createdMs) ? undefined : Math.max(0, nowMs - createdMs);
}

function wasReady({ status }: ServiceObject): boolean {
  const conditions = status?.conditions ?? [];
  const ready = findCondition(conditions, "Ready");
  if (ready === undefined) {
    return conditions.length > 0;
  }
  const sinceMs = Date.parse(ready.lastTransitionTime);
  return (
    ready.status === "True" || conditions.some(({ lastTransitionTime }) => Date.parse(lastTransitionTime) < sinceMs)
  );
}
