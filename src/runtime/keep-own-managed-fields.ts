import type { KubeObject } from "../kube/object.ts";

/** Makes a projection that keeps, of `metadata.managedFields`, only what the manager has written; the rest is most of an object. */
export function keepOwnManagedFields<T extends KubeObject>(fieldManager: string): (object: T) => T {
  return (object) => {
    const { managedFields } = object.metadata;
    if (managedFields === undefined) {
      return object;
    }
    const own = managedFields.filter(({ manager, subresource = "" }) => manager === fieldManager && subresource === "");
    return { ...object, metadata: { ...object.metadata, managedFields: own } };
  };
}
