import type { KubeObject } from "./object.ts";

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
