import type { SimClient } from "../../sim/client.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";

const FINALIZER = "example.com/hold";

/** Keeps an object from going away when it is deleted, as a controller of somebody else would. */
export async function hold(client: SimClient, object: ObjRef): Promise<void> {
  const { metadata } = await client.get(object);
  const isFirst = metadata.finalizers === undefined;
  const operation = isFirst
    ? { op: "add", path: "/metadata/finalizers", value: [FINALIZER] }
    : { op: "add", path: "/metadata/finalizers/-", value: FINALIZER };
  await client.patchJson(object, [operation]);
}

/** Lets an object go that was held. */
export async function letGo(client: SimClient, object: ObjRef): Promise<void> {
  const { metadata } = await client.get(object);
  const finalizers = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
  await client.patchMerge(object, { metadata: { resourceVersion: metadata.resourceVersion, finalizers } });
}
