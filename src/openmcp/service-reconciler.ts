import { ConflictError } from "../kube/errors.ts";
import type { Retry } from "../runtime/controller.ts";
import { forgetGone } from "./forget-gone.ts";
import { requestedOperation } from "./operation.ts";
import { ServicePass, type PassDeps } from "./service-pass.ts";
import type { ServiceObject } from "./service-status.ts";
import type { Service } from "./service.ts";
import { SmallProgress } from "./small-progress.ts";

/**
 * Returns the reconcile function of a service: a fixed frame around `ensure` and `remove`.
 *
 * The operation annotation comes first, the finalizer before the first effect, the status once at the end, and the
 * finalizer is taken away last.
 */
export function createReconciler<T extends ServiceObject>(
  service: Service<T>,
  deps: Omit<PassDeps<T>, "progress">,
): (key: string, signal: AbortSignal) => Promise<Retry> {
  const progress = new SmallProgress();
  const conflicts = new Map<string, number>();
  const forgetEarlier = forgetGone(deps.store, (key) => {
    deps.wishes.delete(key);
    conflicts.delete(key);
    progress.forget(key);
    service.forget(key);
  });
  return async (key, signal) => {
    forgetEarlier(key);
    const object = deps.store.get(key);
    if (object === undefined || requestedOperation(object) === "ignore") {
      return "never";
    }
    const pass = new ServicePass(service, { ...deps, progress }, { object, signal });
    try {
      const retry = await pass.run();
      conflicts.delete(key);
      return retry;
    } catch (error) {
      if (!(error instanceof ConflictError)) {
        conflicts.delete(key);
        // Nothing tells of it on the object: its status could not be written.
        if (error instanceof Error && !signal.aborted) {
          deps.onFailure(object, error);
        }
        throw error;
      }
      const now = deps.clock.now();
      const since = conflicts.get(key) ?? now;
      conflicts.set(key, since);
      return pass.concludeConflict(error, now - since);
    }
  };
}
