import { type ApiError, forbidden } from "../api/api-error.ts";
import { nameInFieldSelector } from "../request/field-selector.ts";
import type { RequestInfo } from "../request/request-info.ts";
import type { User } from "./tokens.ts";

/** What an authorizer looks at. */
export type Attributes = {
  readonly verb: string;
  readonly path: string;
  readonly group: string;
  /** `secrets`, or `ocms/status` with a subresource; absent for paths that are no resources. */
  readonly resource?: string;
  readonly namespace: string;
  /** `""` for all names. */
  readonly name: string;
};

/** The attributes of a request. A list or watch of one name counts as a request for that name. */
export function attributesOf({ verb, path, query, resource }: RequestInfo): Attributes {
  if (resource === undefined) {
    return { verb, path, group: "", namespace: "", name: "" };
  }
  const { group, plural, subresource, namespace } = resource;
  const pinned =
    verb === "list" || verb === "watch" ? nameInFieldSelector(query.get("fieldSelector") ?? "") : undefined;
  return {
    verb,
    path,
    group,
    resource: subresource === "" ? plural : `${plural}/${subresource}`,
    namespace,
    name: pinned ?? resource.name,
  };
}

/** The refusal of a request, in the words of kube-apiserver. */
export function notPermitted(user: User, attributes: Attributes): ApiError {
  const { verb, path, group, resource, namespace, name } = attributes;
  if (resource === undefined) {
    return forbidden({ group: "", kind: "", name: "" }, `User "${user.name}" cannot ${verb} path "${path}"`);
  }
  const where = namespace === "" ? "at the cluster scope" : `in the namespace "${namespace}"`;
  const [plural = ""] = resource.split("/");
  const why = `User "${user.name}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  return forbidden({ group, kind: plural, name }, why);
}
