import { refOf, type SimClient } from "../client.ts";
import type { Obj } from "../object.ts";
import { remove } from "../stand-in/remove.ts";

/** Field manager of everything the stand-in applies for a chart: says that no real Helm did it. */
const HELM_STAND_IN = "helm-controller-stand-in";

const KEEP = "helm.sh/resource-policy";

/** Applies the objects of a release in their order, in place where they exist. */
export async function applyObjects(client: SimClient, objects: readonly Obj[]): Promise<void> {
  for (const object of objects) {
    await client.apply(object, { fieldManager: HELM_STAND_IN, force: true });
  }
}

/** Deletes the objects of a release in the reverse order, except those to be kept. */
export async function deleteObjects(client: SimClient, objects: readonly Obj[]): Promise<void> {
  for (const object of objects.toReversed()) {
    if (object.metadata.annotations?.[KEEP] !== "keep") {
      await remove(client, refOf(object));
    }
  }
}
