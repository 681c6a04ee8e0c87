import type { SimClient } from "../../sim/client.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";

/** An object that is expected to go, and the cluster on which it lies. */
export type Doomed = { readonly client: SimClient; readonly ref: ObjRef };

type Deletion = { readonly kind: string; readonly revision: bigint };

const WITHIN_MS = 90_000;

/**
 * Watches objects that are there.
 *
 * Resolves once the watches have begun, with a function that waits until all objects are gone and tells their kinds in
 * the order in which they went.
 */
export async function watchDeletions(objects: readonly Doomed[]): Promise<() => Promise<readonly string[]>> {
  const stop = AbortSignal.timeout(WITHIN_MS);
  const begun = objects.map(() => Promise.withResolvers<undefined>());
  const deletions = Promise.all(objects.map((object, index) => deletionOf(object, stop, begun[index]?.resolve)));
  await Promise.race([Promise.all(begun.map(({ promise }) => promise)), deletions]);
  return async () =>
    (await deletions).toSorted((one, other) => (one.revision < other.revision ? -1 : 1)).map(({ kind }) => kind);
}

// All API servers of a ground keep their data in one etcd: its revisions tell what came first, on whichever cluster.
async function deletionOf(
  { client, ref }: Doomed,
  stop: AbortSignal,
  begun: ((nothing: undefined) => void) | undefined,
): Promise<Deletion> {
  const { apiVersion, kind, namespace, name } = ref;
  const selector = { fieldSelector: `metadata.name=${name}` };
  for await (const event of client.follow({ apiVersion, kind, namespace }, stop, selector)) {
    if (event.type === "restarted") {
      begun?.(undefined);
    } else if (event.type === "deleted") {
      return { kind, revision: BigInt(event.object.metadata.resourceVersion ?? "0") };
    }
  }
  throw new Error(`expected ${kind} ${name} to be deleted within ${WITHIN_MS} ms`);
}
