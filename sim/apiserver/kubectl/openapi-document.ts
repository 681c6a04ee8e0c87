import { isJsonObject, type JsonObject } from "../../json.ts";
import { asJson } from "../schema/as-json.ts";
import { objectMetaNode } from "../schema/object-meta-node.ts";
import { apiVersionOf, type ServedResource } from "../api/served-resource.ts";

/**
 * The OpenAPI v3 document at `path`, or `undefined` when there is none.
 *
 * It says enough for `kubectl` to explain and check custom resources; built-ins accept any field.
 */
export function openapiDocument(path: string, resources: readonly ServedResource[]): object | undefined {
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
