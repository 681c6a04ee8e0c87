import type { KubeObject } from "../kube/object.ts";
import { isPredecessors } from "./predecessor.ts";
import { isOurs } from "./tenant-access.ts";

/** How a provider marks the objects it makes. */
export type Marks = { readonly labels: Readonly<Record<string, string>>; readonly fieldManager: string };

/**
 * Tells whether an object is one that the provider made: it carries the labels, or fields that were applied by the
 * provider's field manager, which stay when somebody changes a label by hand, or its predecessor has made it.
 */
export function isManaged(object: KubeObject, { labels, fieldManager }: Marks): boolean {
  const hasApplied = object.metadata.managedFields?.some(
    ({ manager, operation }) => manager === fieldManager && operation === "Apply",
  );
  return hasApplied === true || isOurs(object, labels) || isPredecessors(object, fieldManager);
}
