import { apiVersionOf, type ServedResource } from "../served-resource.ts";

/** The discovery document at `path`, or `undefined` when there is none. */
export function discoveryDocument(
  path: string,
  resources: readonly ServedResource[],
  _accept: string | undefined,
): object | undefined {
  const groupVersion = path.replace(/^\/apis?\//, "");
  const own = resources.filter((resource) => apiVersionOf(resource) === groupVersion);
  if (own.length === 0) {
    return undefined;
  }
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion,
    resources: own.map(({ plural, singular, namespaced, kind, verbs, shortNames, categories }) => ({
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      shortNames,
      categories,
    })),
  };
}
