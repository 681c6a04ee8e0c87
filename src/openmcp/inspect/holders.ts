import { isTerminating, type KubeObject } from "../../kube/object.ts";
import type { Program } from "../command/command.ts";
import { ACCESS_FINALIZER } from "../platform/tenant-access.ts";
import { servedResources } from "../service/definition.ts";
import { OPERATION_ANNOTATION } from "../service/operation.ts";

/** What tells who removes a finalizer. */
export type HolderRules = Pick<Program, "name" | "resource" | "configResource" | "earlier" | "inspection">;

/** Says who removes each finalizer of an object, and when. Pure. */
function holdersOf({ metadata: { finalizers = [] } }: KubeObject, rules: HolderRules): readonly string[] {
  return finalizers.map((finalizer) => `${finalizer} (${removerOf(finalizer, rules)})`);
}

const KUBERNETES: Readonly<Record<string, string>> = {
  foregroundDeletion: "Kubernetes removes it once the objects are gone that this one owns",
  orphan: "Kubernetes removes it once the objects that this one owns have no owner any more",
  kubernetes: "Kubernetes removes it once the namespace is empty",
};

function removerOf(finalizer: string, { name, inspection, ...kinds }: HolderRules): string {
  const own = servedResources(kinds).map(({ resource }) => `${resource.group}/finalizer`);
  if (own.includes(finalizer)) {
    return `${name} removes it once nothing of the installation is left`;
  }
  if (finalizer === ACCESS_FINALIZER) {
    return "the provider that has made the request removes it once it needs the access no more";
  }
  return (
    inspection?.finalizers[finalizer] ?? KUBERNETES[finalizer] ?? "whoever has set it must remove it; not this provider"
  );
}

/** What holds an object or keeps others away from it, each with a name for the reader. Pure. */
export function holdDetails(object: KubeObject, rules: HolderRules): Readonly<Record<string, string>> {
  const operation = object.metadata.annotations?.[OPERATION_ANNOTATION];
  return {
    ...(operation !== undefined && { [OPERATION_ANNOTATION]: operation }),
    ...(isTerminating(object) && {
      "being deleted since": object.metadata.deletionTimestamp ?? "",
      "held by": holdersOf(object, rules).join("; ") || "nothing",
    }),
  };
}
