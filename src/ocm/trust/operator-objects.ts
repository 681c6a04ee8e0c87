import type { ConfigMap, Secret } from "../../kube/core.ts";

/** The operator's objects that the settings name, in the provider's own namespace. */
export type OperatorObjects = {
  readonly namespace: string;
  readonly secret: (name: string) => Secret | undefined;
  readonly configMap: (name: string) => ConfigMap | undefined;
};

/** A message for an object that the settings name and that is not there. */
export function describeMissing(
  field: string,
  { kind, name }: { readonly kind: string; readonly name: string },
  { namespace }: OperatorObjects,
): string {
  return `${field} of the ProviderConfig names ${kind} "${name}", which does not exist in namespace "${namespace}"`;
}

/** A message for an object that the settings name and that cannot serve its purpose. */
export function describeUnfit(
  field: string,
  { kind, name }: { readonly kind: string; readonly name: string },
  flaw: { readonly found: string; readonly expected: string },
): string {
  return `${kind} "${name}", which ${field} of the ProviderConfig names, has ${flaw.found}, expected ${flaw.expected}`;
}
