import { findCondition } from "../../runtime/conditions.ts";
import type { Retry } from "../../runtime/controller.ts";
import type { Served } from "./served.ts";
import { READY_REASONS, type ServiceObject } from "./status.ts";
import { tenantState } from "./tenant-state.ts";

/** How many objects of tenants there are, and how they are. */
export type TenantCounts = {
  readonly total: number;
  readonly ready: number;
  /** Those that somebody has to look after. */
  readonly failing: number;
};

/** Counts objects by what their status says. `isRemovalFailing` tells of a deletion that goes on without an error. */
export function countTenants<T extends ServiceObject>(
  objects: readonly T[],
  isRemovalFailing: (object: T) => boolean = () => false,
): TenantCounts {
  return {
    total: objects.length,
    ready: objects.filter((object) => readyOf(object)?.status === "True").length,
    failing: objects.filter((object) => tenantState(object, { isRemovalFailing }).isFailing).length,
  };
}

/** Whether an object has come and is on its way for the first time: that can be counted when there is more to tell. */
export function isArriving(before: ServiceObject | undefined, after: ServiceObject | undefined): boolean {
  return after !== undefined && [before, after].every((object) => object === undefined || isUnderWay(object));
}

function isUnderWay(object: ServiceObject): boolean {
  const ready = readyOf(object);
  return ready === undefined || (ready.status !== "True" && ready.reason === READY_REASONS.progress);
}

function readyOf({ status }: ServiceObject): ReturnType<typeof findCondition> {
  return findCondition(status?.conditions, "Ready");
}

/** Told of a change that may have changed the counts; an object that is not there is `undefined`. */
export type Count<T> = (before: T | undefined, after: T | undefined) => void;

type Reconcile = (key: string, signal: AbortSignal) => Promise<Retry>;

/**
 * Has the objects counted after each change of one, be it by somebody else or by `reconcile` itself.
 *
 * A pass that writes nothing changes no count.
 */
export function countLater<T extends ServiceObject>(
  reconcile: Reconcile,
  served: Pick<Served<T>, "get" | "onChange">,
  count: Count<T>,
): Reconcile {
  served.onChange(({ previous, current }) => count(previous, current));
  return async (key, signal) => {
    const before = served.get(key);
    try {
      return await reconcile(key, signal);
    } finally {
      const current = served.get(key);
      if (current !== before) {
        count(before, current);
      }
    }
  };
}
