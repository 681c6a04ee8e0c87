import type { ServedResource } from "../api/served-resource.ts";
import { apiGroups } from "../discovery/api-group.ts";
import { subresourcesOf } from "../discovery/subresource.ts";

/** Media type of `aggregatedDiscovery`: clients tell the document from the older ones by it. */
export const AGGREGATED_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** Whether a client's `accept` header prefers aggregated discovery. */
export function wantsAggregated(accept = ""): boolean {
  const [first = ""] = accept.split(",");
  return /as=APIGroupDiscoveryList/u.test(first) && /v=v2(;|$)/u.test(first);
}

/** Everything behind `/api` or `/apis` in one document. */
export function aggregatedDiscovery(root: "/api" | "/apis", resources: readonly ServedResource[]): object {
  const groups = root === "/api" ? [{ name: "", versions: ["v1"] }] : apiGroups(resources);
  return {
    kind: "APIGroupDiscoveryList",
    apiVersion: "apidiscovery.k8s.io/v2",
    metadata: {},
    items: groups.map(({ name, versions }) => ({
      metadata: name === "" ? {} : { name },
      versions: versions.map((version) => ({
        version,
        resources: resources
          .filter((resource) => resource.group === name && resource.version === version)
          .map(describe),
        freshness: "Current",
      })),
    })),
  };
}

function describe(resource: ServedResource): object {
  const { plural, singular, kind, namespaced, verbs, shortNames, categories } = resource;
  const subresources = subresourcesOf(resource);
  return {
    resource: plural,
    responseKind: responseKind(resource, kind),
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 && { shortNames }),
    ...(categories.length > 0 && { categories }),
    ...(subresources.length > 0 && {
      subresources: subresources.map(({ name, kind: subKind, group, version, verbs: subVerbs }) => ({
        subresource: name,
        responseKind: group === undefined ? responseKind(resource, subKind) : { group, version, kind: subKind },
        verbs: subVerbs,
      })),
    }),
  };
}

// Built-ins leave group and version of their own kind empty; the document says them already.
function responseKind({ group, version, schema }: ServedResource, kind: string): object {
  return schema === undefined ? { group: "", version: "", kind } : { group, version, kind };
}
