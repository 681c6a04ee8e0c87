import type { JsonObject } from "../../json.ts";
import { textAt } from "../../value-at.ts";
import { splitApiVersion } from "../registry/registry.ts";
import { decodeObject } from "../request/decode-object.ts";
import { parseWriteOptions } from "../request/write-options.ts";
import type { Core } from "./call.ts";
import { createObject } from "./create.ts";

const OPTIONS = parseWriteOptions(new URLSearchParams(), "kube-apiserver/v1.36.3");

const ITSELF = { name: "system:apiserver", groups: ["system:masters"] };

/** Creates an object in the name of the API server itself. */
export function createByServer(core: Core, object: JsonObject): void {
  const apiVersion = textAt(object, "apiVersion");
  const kind = textAt(object, "kind");
  const [group, version] = splitApiVersion(apiVersion);
  const resource = core.registry.findKind(apiVersion, kind);
  if (resource === undefined) {
    throw new Error(`no resource for ${apiVersion} ${kind}`);
  }
  const info = { group, version, plural: resource.plural, namespace: "", name: "", subresource: "" };
  const query = new URLSearchParams();
  const call = { core, user: ITSELF, resource, info, query, headers: {}, body: "", warnings: [] };
  createObject(call, decodeObject(resource, object), OPTIONS);
}
