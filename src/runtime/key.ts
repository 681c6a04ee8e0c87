import type { ObjectRef } from "../kube/object.ts";

/** Names an object inside one resource as `namespace/name`, or `name` when it is cluster-scoped. */
export function keyOf(object: ObjectRef | { readonly metadata: ObjectRef }): string {
  const { namespace, name } = "metadata" in object ? object.metadata : object;
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** Reads back what `keyOf` wrote. */
export function refOf(key: string): ObjectRef {
  const slash = key.indexOf("/");
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}
