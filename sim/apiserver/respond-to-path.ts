import type { SimResponse } from "../transport.ts";
import { discoveryDocument } from "./discovery/discovery-document.ts";
import { kubectlDocument } from "./kubectl/kubectl-document.ts";
import type { RequestInfo } from "./request/request-info.ts";
import { jsonResponse, textResponse } from "./response/json-response.ts";
import type { Core } from "./verbs/call.ts";

const HEALTH_PATHS: ReadonlySet<string> = new Set(["/healthz", "/livez", "/readyz"]);

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

// kubectl looks here for a kind that no OpenAPI v3 document has. No bytes are a document of Protobuf without any kind.
const OPENAPI_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/** Answers a request that is not about a resource: health, version, discovery, OpenAPI. */
export function respondToPath(core: Core, { path }: RequestInfo, accept: string | undefined): SimResponse {
  if (HEALTH_PATHS.has(path)) {
    return textResponse(200, "ok");
  }
  if (path === "/version" || path === "/version/") {
    return jsonResponse(200, VERSION);
  }
  if (path === "/openapi/v2") {
    return { ...textResponse(200, ""), headers: { "content-type": OPENAPI_V2 } };
  }
  const resources = core.registry.all();
  const forKubectl = kubectlDocument(path, resources, accept);
  if (forKubectl !== undefined) {
    const response = jsonResponse(200, forKubectl.document);
    return { ...response, headers: { ...response.headers, "content-type": forKubectl.contentType } };
  }
  const document = discoveryDocument(path, resources);
  return document === undefined ? textResponse(404, "404 page not found\n") : jsonResponse(200, document);
}
