import type { SimClient } from "../../sim/client.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";

const FINALIZER = "example.com/hold";
const ATTEMPTS = 10;

/** Keeps an object from going away when it is deleted, as a controller of somebody else would. */
export async function hold(client: SimClient, object: ObjRef): Promise<void> {
  const { metadata } = await client.get(object);
  const isFirst = metadata.finalizers === undefined;
  const operation = isFirst
    ? { op: "add", path: "/metadata/finalizers", value: [FINALIZER] }
    : { op: "add", path: "/metadata/finalizers/-", value: FINALIZER };
  await client.patchJson(object, [operation]);
}

/** Lets an object go that was held, however busy others are with its finalizers. */
export async function letGo(client: SimClient, object: ObjRef): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { metadata } = await client.get(object);
    const finalizers = (metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
    try {
      await client.patchMerge(object, { metadata: { resourceVersion: metadata.resourceVersion, finalizers } });
      return;
    } catch (error) {
      if (attempt === ATTEMPTS) {
        throw error;
      }
    }
  }
}
