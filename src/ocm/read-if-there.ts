import { NotFoundError } from "../kube/errors.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import type { Pass } from "../openmcp/service/reconciler.ts";
import type { Platform } from "./platform.ts";

/** Reads an object from the platform's server, past the caches; `undefined` when there is none. */
export async function readIfThere<T extends KubeObject>(
  resource: Resource<T>,
  ref: ObjectRef,
  { platform, pass }: { readonly platform: Platform; readonly pass: Pass },
): Promise<T | undefined> {
  try {
    return await platform.client.get(resource, ref, pass.signal);
  } catch (error) {
    if (error instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}
