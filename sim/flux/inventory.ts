import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";

/** `status.inventory` of a HelmRelease: what a release consists of. */
export function inventoryOf(objects: readonly Obj[]): JsonObject {
  const entries = objects.map(({ apiVersion, kind, metadata }) => {
    const [version = "", group = ""] = apiVersion.split("/").toReversed();
    return { id: `${metadata.namespace ?? ""}_${metadata.name}_${group}_${kind}`, v: version };
  });
  return { entries };
}
