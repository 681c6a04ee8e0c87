import type { ConfigMap, Secret } from "../../kube/core.ts";
import type { Look } from "../../runtime/named-informers.ts";
import { SettingError } from "../settings.ts";

/**
 * The operator's objects that the settings name, in the provider's own namespace, as they were at one moment.
 *
 * Throws a SettingError for one that could not be read.
 */
export type OperatorObjects = {
  readonly namespace: string;
  readonly secret: (name: string) => Secret | undefined;
  readonly configMap: (name: string) => ConfigMap | undefined;
};

/** Returns a known object, `undefined` when it is known that there is none. */
export function takeKnown<T>(look: Look<T>, ref: { readonly kind: string; readonly name: string }): T | undefined {
  if (look.state === "unknown") {
    throw unreadable(ref);
  }
  return look.state === "present" ? look.object : undefined;
}

/** For an object of which the API server does not say whether it exists. */
export function unreadable({ kind, name }: { readonly kind: string; readonly name: string }): SettingError {
  return new SettingError(
    "ReferenceUnreadable",
    `the ProviderConfig names ${kind} "${name}", which cannot be read at the moment; the platform operator sees why`,
  );
}

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
