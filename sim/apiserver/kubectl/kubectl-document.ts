import type { ServedResource } from "../api/served-resource.ts";
import { AGGREGATED_DISCOVERY, aggregatedDiscovery, wantsAggregated } from "./aggregated-discovery.ts";
import { openapiDocument } from "./openapi-document.ts";

/** A document and its media type. */
type KubectlDocument = { readonly contentType: string; readonly document: object };

/** A document that only kubectl asks for: OpenAPI, or discovery in one piece where `accept` prefers that. */
export function kubectlDocument(
  path: string,
  resources: readonly ServedResource[],
  accept: string | undefined,
): KubectlDocument | undefined {
  const root = path.replace(/\/$/u, "");
  if ((root === "/api" || root === "/apis") && wantsAggregated(accept)) {
    return { contentType: AGGREGATED_DISCOVERY, document: aggregatedDiscovery(root, resources) };
  }
  const document = path.startsWith("/openapi/") ? openapiDocument(path, resources) : undefined;
  return document === undefined ? undefined : { contentType: "application/json", document };
}
