import type { ServedResource } from "../api/served-resource.ts";

/** The resource `things` of `example.org/v1`, with what `overrides` says otherwise. */
export function thing(overrides: Partial<ServedResource> = {}): ServedResource {
  return {
    group: "example.org",
    version: "v1",
    kind: "Thing",
    plural: "things",
    singular: "thing",
    shortNames: [],
    categories: [],
    namespaced: true,
    verbs: ["get", "list"],
    subresources: [],
    ...overrides,
  };
}
