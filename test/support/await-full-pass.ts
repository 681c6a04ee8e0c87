import type { SimClient } from "../../sim/client.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { awaitPresent } from "./await-object.ts";

const OPERATION = "openmcp.cloud/operation";

/**
 * Waits until the provider has looked at everything behind an object without shortcuts, from now on.
 *
 * Whatever it has left alone after that, it leaves alone.
 */
export async function awaitFullPass(client: SimClient, object: ObjRef): Promise<void> {
  // The annotation is taken away when a pass begins: when the second is taken, the first pass has ended.
  for (const pass of ["first", "second"]) {
    await client.patchMerge(object, { metadata: { annotations: { [OPERATION]: "reconcile" } } });
    await awaitPresent(client, object, ({ metadata }) => metadata.annotations?.[OPERATION] === undefined, {
      what: `the ${pass} pass over ${object.kind} ${object.name} has begun`,
    });
  }
}
