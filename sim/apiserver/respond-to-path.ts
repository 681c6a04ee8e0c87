import type { SimResponse } from "../transport.ts";
import { textAt } from "../value-at.ts";
import { AGGREGATED_DISCOVERY } from "./discovery/aggregated-discovery.ts";
import { discoveryDocument } from "./discovery/discovery-document.ts";
import { openapiDocument } from "./discovery/openapi-document.ts";
import type { RequestInfo } from "./request/request-info.ts";
import { jsonResponse, textResponse } from "./response/json-response.ts";
import type { Core } from "./verbs/call.ts";

const HEALTH_PATHS: ReadonlySet<string> = new Set(["/healthz", "/livez", "/readyz"]);

// Clients tell the two forms of discovery apart by this.

const VERSION = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.3",
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "clean",
  buildDate: "2026-01-01T00:00:00Z",
  goVersion: "none",
  compiler: "none",
  platform: "embedded",
};

/** Answers a request that is not about a resource: health, version, discovery, OpenAPI. */
export function respondToPath(core: Core, { path }: RequestInfo, accept: string | undefined): SimResponse {
  if (HEALTH_PATHS.has(path)) {
    return textResponse(200, "ok");
  }
  if (path === "/version" || path === "/version/") {
    return jsonResponse(200, VERSION);
  }
  const resources = core.registry.all();
  const document = path.startsWith("/openapi/")
    ? openapiDocument(path, resources)
    : discoveryDocument(path, resources, accept);
  if (document === undefined) {
    return textResponse(404, "404 page not found\n");
  }
  const response = jsonResponse(200, document);
  return textAt(document, "kind") === "APIGroupDiscoveryList"
    ? { ...response, headers: { ...response.headers, "content-type": AGGREGATED_DISCOVERY } }
    : response;
}
