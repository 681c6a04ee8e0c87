import type { KubeObject, ManagedFieldsEntry } from "../../kube/object.ts";
import { unionOfFields } from "../../runtime/managed-fields.ts";
import { isOurs } from "./tenant-access.ts";

/** How a provider marks the objects it makes. */
export type Marks = { readonly labels: Readonly<Record<string, string>>; readonly fieldManager: string };

/**
 * Tells whether an object is one that the provider made: it carries the labels, or fields that were applied by the
 * provider's field manager, which stay when somebody changes a label by hand, or its predecessor has made it.
 */
export function isManaged(object: KubeObject, { labels, fieldManager }: Marks): boolean {
  return hasApplied(object, fieldManager) || isOurs(object, labels) || isPredecessors(object, fieldManager);
}

/** Returns the object if the provider made it. */
export function onlyManaged<T extends KubeObject>(object: T | undefined, marks: Marks): T | undefined {
  return object !== undefined && isManaged(object, marks) ? object : undefined;
}

/** Tells whether an object has fields that were applied by the field manager. */
export function hasApplied({ metadata: { managedFields = [] } }: KubeObject, fieldManager: string): boolean {
  return managedFields.some(({ manager, operation }) => manager === fieldManager && operation === "Apply");
}

/**
 * Tells whether the provider's predecessor made an object, and nobody has taken it over yet.
 *
 * It wrote under the same manager name, but by create and update, where this provider applies. What owns nothing but
 * metadata is no proof: a finalizer or an annotation is set on objects of others too.
 */
export function isPredecessors(object: KubeObject, fieldManager: string): boolean {
  return (object.metadata.managedFields ?? []).some(
    (entry) => isWrittenBy(entry, fieldManager) && entry.operation === "Update" && ownsContent(entry),
  );
}

/**
 * Tells whether nobody but the predecessor and this provider has ever written an object. Needs all of its managed fields.
 *
 * A takeover that was interrupted leaves an object whose fields count as applied already, and which has no labels yet.
 */
export function isOnlyOurs(object: KubeObject, fieldManager: string): boolean {
  const entries = object.metadata.managedFields ?? [];
  return entries.some(ownsContent) && entries.every((entry) => isWrittenBy(entry, fieldManager));
}

/**
 * Returns an object's managed fields with those of the predecessor turned into applied ones.
 *
 * The next apply then removes what it does not set, instead of leaving it there for ever. Needs all managed fields.
 */
export function asApplied(object: KubeObject, fieldManager: string): readonly ManagedFieldsEntry[] {
  const entries = object.metadata.managedFields ?? [];
  const own = entries.filter((entry) => isWrittenBy(entry, fieldManager));
  const applied: ManagedFieldsEntry = {
    manager: fieldManager,
    operation: "Apply",
    apiVersion: object.apiVersion,
    ...(own[0]?.time !== undefined && { time: own[0].time }),
    fieldsType: "FieldsV1",
    fieldsV1: own.map(({ fieldsV1 = {} }) => fieldsV1).reduce(unionOfFields, {}),
  };
  return [...entries.filter((entry) => !isWrittenBy(entry, fieldManager)), applied];
}

function isWrittenBy({ manager, subresource = "" }: ManagedFieldsEntry, fieldManager: string): boolean {
  return manager === fieldManager && subresource === "";
}

function ownsContent({ fieldsV1 = {} }: ManagedFieldsEntry): boolean {
  return Object.keys(fieldsV1).some((field) => field !== "f:metadata");
}
