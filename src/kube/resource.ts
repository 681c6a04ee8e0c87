import type { KubeObject } from "./object.ts";
import { isRecord } from "./record.ts";

/** One resource of an API: enough to build its paths, and the type of its objects. */
export type Resource<T extends KubeObject = KubeObject> = {
  /** API group; the core group is `""`. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Never present at run time: ties the objects' type to the resource. */
  readonly objectType?: T;
};

/** `apiVersion` of the resource's objects, for example `apps/v1` or `v1`. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === "" ? resource.version : `${resource.group}/${resource.version}`;
}

/**
 * Tells objects of a resource from everything else by their kind, absent in lists of built-in types, and their name.
 * The rest of the type is taken on trust: an API server has validated it.
 */
export function isObjectOf<T extends KubeObject>(resource: Resource<T>, value: unknown): value is T {
  return (
    isRecord(value) &&
    (value["kind"] ?? resource.kind) === resource.kind &&
    isRecord(value["metadata"]) &&
    typeof value["metadata"]["name"] === "string"
  );
}
