import type { Retry } from "../runtime/controller.ts";
import type { Store } from "../runtime/store.ts";
import type { OCM } from "./api/objects.ts";

/** Told of a change that may have changed the count; an object that is not there is `undefined`. */
export type Count = (before: OCM | undefined, after: OCM | undefined) => void;

type Reconcile = (key: string, signal: AbortSignal) => Promise<Retry>;

/**
 * Has the OCM objects counted after each change of one, be it by somebody else or by `reconcile` itself.
 *
 * A pass that writes nothing changes no count.
 */
export function countLater(reconcile: Reconcile, ocms: Store<OCM>, count: Count): Reconcile {
  ocms.onChange(({ previous, current }) => count(previous, current));
  return async (key, signal) => {
    const before = ocms.get(key);
    try {
      return await reconcile(key, signal);
    } finally {
      const current = ocms.get(key);
      if (current !== before) {
        count(before, current);
      }
    }
  };
}
