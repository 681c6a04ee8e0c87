import type { KubeClient } from "../kube/client.ts";
import { NotFoundError } from "../kube/errors.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";

/** How many objects of one kind of the toolkit a user has on a control plane. */
export type UserObjects = { readonly kind: string; readonly count: number };

/** Kinds of the toolkit's API that users create; not every chart version has all of them. */
export const USER_RESOURCES: readonly Resource[] = [
  ["Repository", "repositories"],
  ["Component", "components"],
  ["Resource", "resources"],
  ["Deployer", "deployers"],
  ["Replication", "replications"],
].map(([kind = "", plural = ""]) => ({
  group: "delivery.ocm.software",
  version: "v1alpha1",
  kind,
  plural,
  namespaced: true,
}));

/**
 * Counts the user's objects on a control plane, kinds without any left out.
 *
 * Without the toolkit's controller their finalizers would never go: while there is one the release has to stay. A
 * kind whose CRD is missing has none, if it is an API server that says so.
 */
export async function countUserObjects(client: KubeClient, signal: AbortSignal): Promise<UserObjects[]> {
  const counts: UserObjects[] = [];
  // One after the other: of what a control plane may answer, only one list at a time takes memory.
  for (const resource of USER_RESOURCES) {
    const count = await countOf(client, resource, signal);
    if (count === undefined) {
      // A proxy whose cluster is gone does not find anything either.
      await client.version(signal);
    } else if (count > 0) {
      counts.push({ kind: resource.kind, count });
    }
  }
  return counts;
}

async function countOf(client: KubeClient, resource: Resource, signal: AbortSignal): Promise<number | undefined> {
  try {
    const { items } = await client.list<KubeObject>(resource, { signal });
    return items.length;
  } catch (error) {
    if (error instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}
