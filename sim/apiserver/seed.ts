import type { JsonObject } from "../json.ts";
import { textAt } from "../value-at.ts";
import { defaultRoles } from "./auth/default-roles.ts";
import { splitApiVersion } from "./registry/registry.ts";
import { decodeObject } from "./request/decode-object.ts";
import { parseWriteOptions } from "./request/write-options.ts";
import type { Core } from "./verbs/call.ts";
import { createObject } from "./verbs/create.ts";

const NAMESPACES = ["kube-system", "kube-public", "kube-node-lease", "default"];
const OPTIONS = parseWriteOptions(new URLSearchParams(), "kube-apiserver/v1.36.3");

/** Creates what an API server has before the first client comes: its namespaces and default roles. */
export function seed(core: Core): void {
  for (const name of NAMESPACES) {
    create(core, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  for (const object of defaultRoles()) {
    create(core, object);
  }
}

function create(core: Core, object: JsonObject): void {
  const apiVersion = textAt(object, "apiVersion");
  const kind = textAt(object, "kind");
  const [group, version] = splitApiVersion(apiVersion);
  const resource = core.registry.findKind(apiVersion, kind);
  if (resource === undefined) {
    throw new Error(`no resource for ${apiVersion} ${kind}`);
  }
  const info = { group, version, plural: resource.plural, namespace: "", name: "", subresource: "" };
  const call = { core, resource, info, query: new URLSearchParams(), headers: {}, body: "", warnings: [] };
  createObject(call, decodeObject(resource, object), OPTIONS);
}
