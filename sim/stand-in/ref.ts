import type { KindRef, ObjRef } from "../resource-paths.ts";
import type { Obj } from "../object.ts";

/** The key of an object within its kind: `namespace/name`. */
export function keyOf(object: Obj): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

/** The reference to the object of a kind that a key names. */
export function refFromKey(type: KindRef, key: string): ObjRef {
  const [namespace = "", name = ""] = key.split("/");
  return { apiVersion: type.apiVersion, kind: type.kind, name, ...(namespace !== "" && { namespace }) };
}
