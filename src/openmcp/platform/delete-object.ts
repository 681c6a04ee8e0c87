import type { KubeClient } from "../../kube/client.ts";
import { NotFoundError } from "../../kube/errors.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";

/**
 * Deletes exactly the object that was looked at; gone already is as good.
 *
 * Returns the object as long as finalizers hold it.
 */
export function deleteIfThere<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  object: T,
  signal: AbortSignal,
): Promise<T | undefined> {
  const { uid } = object.metadata;
  return unlessGone(client.delete(resource, object.metadata, { ...(uid !== undefined && { uid }), signal }));
}

/**
 * Deletes an object only as it was looked at; gone already is as good. Returns it as long as finalizers hold it.
 *
 * Throws a `ConflictError` when somebody has changed it since. For a HelmRelease it matters: Flux uninstalls nothing
 * when it is suspended at that moment.
 */
export function deleteUnchanged<T extends KubeObject>(
  client: KubeClient,
  resource: Resource<T>,
  object: T,
  signal: AbortSignal,
): Promise<T | undefined> {
  const { uid, resourceVersion } = object.metadata;
  const seen = { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
  return unlessGone(client.delete(resource, object.metadata, { ...seen, signal }));
}

async function unlessGone<T>(deletion: Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await deletion;
  } catch (error) {
    if (error instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}
