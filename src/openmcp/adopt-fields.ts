import type { KubeClient } from "../kube/client.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { asApplied } from "./predecessor.ts";

/** Where an object is adopted, and under which manager name. */
export type Adopting<T extends KubeObject> = {
  readonly client: KubeClient;
  readonly resource: Resource<T>;
  readonly fieldManager: string;
  readonly signal: AbortSignal;
};

/**
 * Makes what the predecessor wrote into an object count as applied by this provider. Changes no value.
 *
 * Throws a ConflictError when the object changes meanwhile.
 */
export async function adoptFields<T extends KubeObject>(live: T, adopting: Adopting<T>): Promise<void> {
  const { client, resource, fieldManager, signal } = adopting;
  // The caches keep only what was written under our own name.
  const current = await client.get(resource, live.metadata, signal);
  const { resourceVersion } = current.metadata;
  const managedFields = asApplied(current, fieldManager);
  const patch = { metadata: { uid: live.metadata.uid, resourceVersion, managedFields } };
  await client.mergePatch(resource, live.metadata, patch, { signal });
}
