import type { Obj } from "../object.ts";

/** Names one object of any kind. */
export type Ref = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
};

/** The reference to an object. */
export function refOf({ apiVersion, kind, metadata }: Obj): Ref {
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

/** The key of an object within its kind: `namespace/name`. */
export function keyOf(object: Obj): string {
  return `${object.metadata.namespace ?? ""}/${object.metadata.name}`;
}

/** The reference to the object of a kind that a key names. */
export function refFromKey(type: Pick<Ref, "apiVersion" | "kind">, key: string): Ref {
  const [namespace = "", name = ""] = key.split("/");
  return { apiVersion: type.apiVersion, kind: type.kind, name, ...(namespace !== "" && { namespace }) };
}
