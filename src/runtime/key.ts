import type { ObjectRef } from "../kube/object.ts";

/** The key of an object in its resource: `namespace/name`, or `name` for a cluster-scoped object. */
export function keyOf(object: ObjectRef | { readonly metadata: ObjectRef }): string {
  const { namespace, name } = "metadata" in object ? object.metadata : object;
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** Parses a key of `keyOf`. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf("/");
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
