import type { KubeObject } from "../kube/object.ts";

/** Makes a projection that keeps, of `metadata.managedFields`, only what `isApplied` needs; the rest is most of an object. */
export function keepOwnManagedFields<T extends KubeObject>(fieldManager: string): (object: T) => T {
  return (object) => {
    const { managedFields } = object.metadata;
    if (managedFields === undefined) {
      return object;
    }
    const own = managedFields.filter(({ manager, operation }) => manager === fieldManager && operation === "Apply");
    return { ...object, metadata: { ...object.metadata, managedFields: own } };
  };
}
