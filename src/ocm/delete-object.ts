import type { KubeClient } from "../kube/client.ts";
import { NotFoundError } from "../kube/errors.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";

/** Deletes exactly the object that was looked at; gone already is as good. */
export async function deleteIfThere(
  client: KubeClient,
  resource: Resource,
  object: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { uid } = object.metadata;
  await unlessGone(client.delete(resource, object.metadata, { ...(uid !== undefined && { uid }), signal }));
}

/**
 * Deletes an object only as it was looked at; gone already is as good.
 *
 * Throws a `ConflictError` when somebody has changed it since. For a HelmRelease it matters: Flux uninstalls nothing
 * when it is suspended at that moment.
 */
export async function deleteUnchanged(
  client: KubeClient,
  resource: Resource,
  object: KubeObject,
  signal: AbortSignal,
): Promise<void> {
  const { uid, resourceVersion } = object.metadata;
  const seen = { ...(uid !== undefined && { uid }), ...(resourceVersion !== undefined && { resourceVersion }) };
  await unlessGone(client.delete(resource, object.metadata, { ...seen, signal }));
}

async function unlessGone(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (error) {
    if (!(error instanceof NotFoundError)) {
      throw error;
    }
  }
}
