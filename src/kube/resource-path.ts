import type { ObjectRef } from "./object.ts";
import type { Resource } from "./resource.ts";

/** Query parameters; absent ones are left out. */
export type Query = Readonly<Record<string, string | undefined>>;

/** Path of a collection: of one namespace, or of the whole cluster when `namespace` is absent. */
export function collectionPath(resource: Resource, namespace?: string): string {
  const root = resource.group === "" ? "/api" : `/apis/${resource.group}`;
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${root}/${resource.version}${scope}/${resource.plural}`;
}

/** Path of one object, or of a subresource of it. */
export function objectPath(resource: Resource, ref: ObjectRef, subresource?: string): string {
  if (ref.name === "" || (resource.namespaced && (ref.namespace ?? "") === "")) {
    throw new Error(`a ${resource.kind} needs a name${resource.namespaced ? " and a namespace" : ""}`);
  }
  const path = `${collectionPath(resource, ref.namespace)}/${encodeURIComponent(ref.name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

/** Appends the query to a path. */
export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given).toString()}`;
}
