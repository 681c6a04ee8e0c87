import { apiVersionOf, discoveredVerbs, type ServedResource } from "../api/served-resource.ts";
import { apiGroups } from "../discovery/api-group.ts";
import { subresourcesOf } from "../discovery/subresource.ts";
import { asJson } from "../schema/as-json.ts";
import { objectMetaNode } from "../schema/object-meta-node.ts";
import { isJsonObject, type JsonObject } from "../../json.ts";

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

/** Media type of `aggregatedDiscovery`: clients tell the document from the older ones by it. */
const AGGREGATED_DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/** Whether a client's `accept` header prefers aggregated discovery. */
function wantsAggregated(accept = ""): boolean {
  const [first = ""] = accept.split(",");
  return /as=APIGroupDiscoveryList/u.test(first) && /v=v2(;|$)/u.test(first);
}

/** Everything behind `/api` or `/apis` in one document. */
function aggregatedDiscovery(root: "/api" | "/apis", resources: readonly ServedResource[]): object {
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
  const { plural, singular, kind, namespaced, shortNames, categories } = resource;
  const subresources = subresourcesOf(resource);
  return {
    resource: plural,
    responseKind: responseKind(resource, kind),
    scope: namespaced ? "Namespaced" : "Cluster",
    singularResource: singular,
    verbs: discoveredVerbs(resource),
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

/**
 * The OpenAPI v3 document at `path`, or `undefined` when there is none.
 *
 * It says enough for `kubectl` to explain and check custom resources; built-ins accept any field.
 */
function openapiDocument(path: string, resources: readonly ServedResource[]): object | undefined {
  const groupVersions = new Map(resources.map((resource) => [apiPath(resource), apiVersionOf(resource)]));
  if (path === "/openapi/v3" || path === "/openapi/v3/") {
    const entries = [...groupVersions.keys()].map((key) => [key, { serverRelativeURL: `/openapi/v3/${key}` }] as const);
    return { paths: Object.fromEntries(entries) };
  }
  const groupVersion = groupVersions.get(path.replace(/^\/openapi\/v3\//u, ""));
  if (groupVersion === undefined) {
    return undefined;
  }
  const own = resources.filter((resource) => apiVersionOf(resource) === groupVersion);
  return {
    openapi: "3.0.0",
    info: { title: "Kubernetes", version: "v1.36.3" },
    paths: Object.fromEntries(own.flatMap(pathItems)),
    components: { schemas: componentSchemas(own) },
  };
}

function apiPath(resource: ServedResource): string {
  return resource.group === "" ? `api/${resource.version}` : `apis/${apiVersionOf(resource)}`;
}

function pathItems(resource: ServedResource): (readonly [path: string, item: object])[] {
  const base = `/${apiPath(resource)}${resource.namespaced ? "/namespaces/{namespace}" : ""}/${resource.plural}`;
  const collection = { get: operation(resource, "list"), post: operation(resource, "post") };
  const single = {
    get: operation(resource, "get"),
    put: operation(resource, "put"),
    patch: operation(resource, "patch"),
    delete: operation(resource, "delete"),
  };
  return [
    [base, collection],
    [`${base}/{name}`, single],
  ];
}

// kubectl looks here for `fieldValidation` before it leaves checking to the server.
const WRITE_PARAMETERS = ["dryRun", "fieldManager", "fieldValidation", "force"].map((name) => ({
  name,
  in: "query",
  schema: { type: name === "force" ? "boolean" : "string", uniqueItems: true },
}));

function operation(resource: ServedResource, action: string): object {
  const { group, version, kind } = resource;
  const schema = { $ref: `#/components/schemas/${schemaName(resource)}` };
  const isWrite = action === "post" || action === "put" || action === "patch";
  return {
    ...(isWrite && { parameters: WRITE_PARAMETERS }),
    ...(isWrite && { requestBody: { content: { "application/json": { schema } }, required: true } }),
    responses: { "200": { description: "OK", content: { "application/json": { schema } } } },
    "x-kubernetes-action": action,
    "x-kubernetes-group-version-kind": { group, version, kind },
  };
}

const OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

const TYPE_META: JsonObject = {
  apiVersion: {
    type: "string",
    description: "APIVersion defines the versioned schema of this representation of an object.",
  },
  kind: {
    type: "string",
    description: "Kind is a string value representing the REST resource this object represents.",
  },
  metadata: { description: "Standard object's metadata.", allOf: [{ $ref: `#/components/schemas/${OBJECT_META}` }] },
};

// The group backwards, version, kind.
function schemaName({ group, version, kind }: Pick<ServedResource, "group" | "version" | "kind">): string {
  const parts = group === "" ? ["io", "k8s", "api", "core"] : group.split(".").toReversed();
  return [...parts, version, kind].join(".");
}

function componentSchemas(resources: readonly ServedResource[]): JsonObject {
  const own = resources.map((resource) => [schemaName(resource), schemaOf(resource)] as const);
  return { ...Object.fromEntries(own), [OBJECT_META]: asJson(objectMetaNode) };
}

function schemaOf(resource: ServedResource): JsonObject {
  const { group, version, kind, schema } = resource;
  const properties = schema?.["properties"];
  const open = schema === undefined ? { "x-kubernetes-preserve-unknown-fields": true } : {};
  return {
    type: "object",
    ...schema,
    ...open,
    properties: { ...(isJsonObject(properties) ? properties : builtinProperties), ...TYPE_META },
    "x-kubernetes-group-version-kind": [{ group, version, kind }],
  };
}

const anything: JsonObject = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
const builtinProperties: JsonObject = { spec: anything, status: anything };
