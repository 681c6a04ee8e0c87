/** What a path of the Kubernetes API names, in the words of the API. */
export type RequestInfo = {
  /** For example `helmreleases.helm.toolkit.fluxcd.io`, or `secrets` of the core group. */
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
};

/** Reads the path of a request without its query; undefined for a path of no resource, as `/version` or `/apis/apps/v1`. */
export function readRequestPath(path: string): RequestInfo | undefined {
  const [root, ...words] = path.split("/").slice(1).map(decodeURIComponent);
  if (root === "api") {
    return readResource("", words.slice(1));
  }
  return root === "apis" ? readResource(words[0] ?? "", words.slice(2)) : undefined;
}

function readResource(group: string, words: readonly string[]): RequestInfo | undefined {
  const [first, namespace, ...rest] = words;
  // A path that ends with a namespace, its status or its finalizers is one of the namespace itself.
  const isInNamespace = first === "namespaces" && rest.length > 0 && !OF_NAMESPACES.has(rest[0] ?? "");
  const [plural = "", name, subresource] = isInNamespace ? rest : words;
  if (plural === "") {
    return undefined;
  }
  const named = { namespace: isInNamespace ? namespace : undefined, name, subresource };
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return { resource: group === "" ? plural : `${plural}.${group}`, ...Object.fromEntries(given) };
}

const OF_NAMESPACES: ReadonlySet<string> = new Set(["status", "finalize"]);
