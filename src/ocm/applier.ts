import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { applyObject, type Applying } from "../openmcp/platform/apply-object.ts";
import type { Pass } from "../openmcp/service/reconciler.ts";
import type { Store } from "../runtime/store.ts";
import { FIELD_MANAGER } from "./field-manager.ts";
import type { Platform } from "./platform.ts";

/** Applies an object unless it is absent from the plan, or in place. */
export type Apply = <T extends KubeObject>(
  resource: Resource<T>,
  store: Store<T>,
  desired: T | undefined,
  options?: Pick<Applying<T>, "seesAll" | "beforeWrite">,
) => Promise<void>;

/** Returns how objects of one pass are applied on the platform. */
export function applierOf({ client }: Platform, { force, signal }: Pass): Apply {
  return async (resource, store, desired, options) => {
    if (desired !== undefined) {
      await applyObject(desired, { ...options, client, resource, store, fieldManager: FIELD_MANAGER, force, signal });
    }
  };
}
