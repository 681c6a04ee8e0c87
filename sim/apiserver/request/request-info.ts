/** What a request asks for, as authorization and routing see it. */
export type RequestInfo = {
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`; lower-case method for other paths. */
  readonly verb: string;
  /** Decoded path without query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Absent for paths that are not about a resource, `/version` for example. */
  readonly resource?: ResourceInfo;
};

/** The resource part of a path. */
export type ResourceInfo = {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** `""` for cluster-scoped resources and for all namespaces. */
  readonly namespace: string;
  /** `""` for the collection. */
  readonly name: string;
  /** `""` for the object itself. */
  readonly subresource: string;
};

const NAMESPACE_SUBRESOURCES: ReadonlySet<string> = new Set(["status", "finalize"]);

const VERBS: Readonly<Record<string, string>> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Reads method and path the way kube-apiserver does. */
export function parseRequest(method: string, pathAndQuery: string): RequestInfo {
  const url = new URL(pathAndQuery, "http://apiserver");
  const query = url.searchParams;
  const path = url.pathname;
  const resource = parseResource(path, query);
  if (resource === undefined) {
    return { verb: method.toLowerCase(), path, query };
  }
  return { verb: verbOf(method, resource, query), path, query, resource };
}

function verbOf(method: string, { name }: ResourceInfo, query: URLSearchParams): string {
  const verb = VERBS[method] ?? method.toLowerCase();
  const onCollection = name === "" || query.get("fieldSelector")?.includes("metadata.name=") === true;
  if (verb === "get" && isTrue(query.get("watch"))) {
    return "watch";
  }
  if (verb === "get" && onCollection) {
    return "list";
  }
  return verb === "delete" && onCollection ? "deletecollection" : verb;
}

function parseResource(path: string, query: URLSearchParams): ResourceInfo | undefined {
  const parts = path
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  const [prefix, ...rest] = parts;
  if (prefix === "api") {
    const [version = "", ...tail] = rest;
    return resourceOf({ group: "", version }, tail, query);
  }
  if (prefix === "apis") {
    const [group = "", version = "", ...tail] = rest;
    return resourceOf({ group, version }, tail, query);
  }
  return undefined;
}

function resourceOf(
  api: { readonly group: string; readonly version: string },
  parts: readonly string[],
  query: URLSearchParams,
): ResourceInfo | undefined {
  const [first, second, third] = parts;
  if (first === undefined) {
    return undefined;
  }
  if (first === "namespaces" && third !== undefined && !NAMESPACE_SUBRESOURCES.has(third)) {
    return located(api, { namespace: second ?? "", parts: parts.slice(2), query });
  }
  const info = located(api, { namespace: "", parts, query });
  // Authorization treats a namespace as living in itself.
  return first === "namespaces" && api.group === "" ? { ...info, namespace: info.name } : info;
}

function located(
  api: { readonly group: string; readonly version: string },
  rest: { readonly namespace: string; readonly parts: readonly string[]; readonly query: URLSearchParams },
): ResourceInfo {
  const [plural = "", name = "", subresource = ""] = rest.parts;
  return { ...api, plural, namespace: rest.namespace, name, subresource };
}

/** Whether a query parameter switches something on. */
export function isTrue(value: string | null): boolean {
  return value === "true" || value === "1" || value === "True" || value === "t" || value === "T" || value === "TRUE";
}
