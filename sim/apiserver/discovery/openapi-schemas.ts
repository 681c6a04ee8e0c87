import type { JsonObject } from "../../json.ts";
import { isJsonObject } from "../../json.ts";
import { asJson } from "../schema/as-json.ts";
import { objectMetaNode } from "../schema/object-meta-node.ts";
import type { ServedResource } from "../served-resource.ts";

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

/** Name of a kind's schema: the group backwards, version, kind. */
export function schemaName({ group, version, kind }: Pick<ServedResource, "group" | "version" | "kind">): string {
  const parts = group === "" ? ["io", "k8s", "api", "core"] : group.split(".").toReversed();
  return [...parts, version, kind].join(".");
}

/** The schemas of these resources and of what they refer to. */
export function componentSchemas(resources: readonly ServedResource[]): JsonObject {
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
