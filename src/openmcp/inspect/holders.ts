import type { KubeObject } from "../../kube/object.ts";
import type { Program } from "../command/command.ts";
import { ACCESS_FINALIZER } from "../platform/tenant-access.ts";
import { servedResources } from "../service/definition.ts";
import { OPERATION_ANNOTATION } from "../service/operation.ts";

/** What tells who removes a finalizer. */
export type HolderRules = Pick<Program, "name" | "resource" | "configResource" | "earlier" | "inspection">;

/** A finalizer, and who removes the finalizer at which moment. */
export type Holder = { readonly name: string; readonly removal: string };

/** Says who removes a finalizer, and when. Pure. */
export function holderOf(finalizer: string, rules: HolderRules): Holder {
  return { name: finalizer, removal: removerOf(finalizer, rules) };
}

/** The annotation by which somebody asks the provider for something. */
export function operationOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[OPERATION_ANNOTATION];
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
  const { finalizers = [], deletionTimestamp } = object.metadata;
  const operation = operationOf(object);
  const holders = finalizers.map((finalizer) => `${finalizer} (${removerOf(finalizer, rules)})`);
  return {
    ...(operation !== undefined && { [OPERATION_ANNOTATION]: operation }),
    ...(deletionTimestamp !== undefined && {
      "being deleted since": deletionTimestamp,
      "held by": holders.join("; ") || "nothing",
    }),
  };
}
