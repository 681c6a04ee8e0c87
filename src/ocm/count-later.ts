import type { Retry } from "../runtime/controller.ts";
import type { Store } from "../runtime/store.ts";
import type { OCM } from "./api/objects.ts";

type Reconcile = (key: string, signal: AbortSignal) => Promise<Retry>;

/**
 * Has the OCM objects counted after each change of one, be it by somebody else or by `reconcile` itself.
 *
 * A pass that writes nothing changes no count.
 */
export function countLater(reconcile: Reconcile, ocms: Store<OCM>, count: () => void): Reconcile {
  ocms.onChange(count);
  return async (key, signal) => {
    const before = ocms.get(key);
    try {
      return await reconcile(key, signal);
    } finally {
      if (ocms.get(key) !== before) {
        count();
      }
    }
  };
}
