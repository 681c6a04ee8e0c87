import type { ServedResource } from "../api/served-resource.ts";

/** A subresource as discovery describes it. `group` and `version` are there where they differ from the resource's. */
export type Subresource = {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
};

/** The subresources of a resource. */
export function subresourcesOf({ kind, subresources }: ServedResource): readonly Subresource[] {
  return subresources.map((name) => {
    switch (name) {
      case "token":
        return { name, kind: "TokenRequest", group: "authentication.k8s.io", version: "v1", verbs: ["create"] };
      case "finalize":
        return { name, kind, verbs: ["update"] };
      default:
        return { name, kind, verbs: ["get", "patch", "update"] };
    }
  });
}
