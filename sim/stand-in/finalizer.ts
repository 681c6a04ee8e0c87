import { refOf, type SimClient } from "../client.ts";
import type { Obj } from "../object.ts";

/** Adds a finalizer; an object that is gone stays gone. */
export async function addFinalizer(client: SimClient, object: Obj, finalizer: string): Promise<void> {
  await changeFinalizers(client, object, (finalizers) =>
    finalizers.includes(finalizer) ? finalizers : [...finalizers, finalizer],
  );
}

/** Removes a finalizer; an object that is gone stays gone. */
export async function removeFinalizer(client: SimClient, object: Obj, finalizer: string): Promise<void> {
  await changeFinalizers(client, object, (finalizers) => finalizers.filter((one) => one !== finalizer));
}

async function changeFinalizers(
  client: SimClient,
  object: Obj,
  change: (finalizers: readonly string[]) => readonly string[],
): Promise<void> {
  const live = await client.find(refOf(object));
  const finalizers = live?.metadata.finalizers ?? [];
  const wanted = change(finalizers);
  if (live === undefined || wanted.length === finalizers.length) {
    return;
  }
  // The resource version makes sure that nobody else's finalizer is lost.
  const metadata = { resourceVersion: live.metadata.resourceVersion, finalizers: wanted };
  await client.patchMerge(refOf(object), { metadata });
}
