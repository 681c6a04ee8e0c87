import { load } from "js-yaml";
import { Fields, KubeconfigError } from "./fields.ts";
import { isRecord } from "./record.ts";

/** A kubeconfig as written: clusters and users by name, not interpreted yet. */
export type KubeconfigDocument = {
  readonly currentContext?: string;
  readonly contexts: ReadonlyMap<string, Fields>;
  readonly clusters: ReadonlyMap<string, Fields>;
  readonly users: ReadonlyMap<string, Fields>;
};

/** What one context names. */
export type SelectedContext = { readonly cluster: Fields; readonly user: Fields };

/** Parses a kubeconfig, YAML or JSON. `origin` names it in messages. */
export function parseKubeconfigDocument(text: string, origin = "kubeconfig"): KubeconfigDocument {
  const root = new Fields(origin, parseYaml(text, origin));
  const currentContext = root.text("current-context");
  return {
    ...(currentContext === undefined ? {} : { currentContext }),
    contexts: named(root, "contexts", "context"),
    clusters: named(root, "clusters", "cluster"),
    users: named(root, "users", "user"),
  };
}

/** Finds the cluster and the user of a context, the current one unless named. A context without user is anonymous. */
export function selectContext(document: KubeconfigDocument, contextName?: string): SelectedContext {
  const name = contextName ?? document.currentContext;
  if (name === undefined) {
    throw new KubeconfigError("kubeconfig: current-context is missing");
  }
  const context = lookUp(document.contexts, "context", name);
  const clusterName = context.text("cluster");
  if (clusterName === undefined) {
    throw context.error("cluster", "is missing");
  }
  const userName = context.text("user");
  return {
    cluster: lookUp(document.clusters, "cluster", clusterName),
    user: userName === undefined ? new Fields("no user", {}) : lookUp(document.users, "user", userName),
  };
}

function parseYaml(text: string, origin: string): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = load(text);
  } catch {
    // The parser quotes the lines around the error, which may hold a token.
    throw new KubeconfigError(`${origin}: is not valid YAML`);
  }
  if (!isRecord(parsed)) {
    throw new KubeconfigError(`${origin}: must be an object`);
  }
  return parsed;
}

function named(root: Fields, listName: string, entryName: string): ReadonlyMap<string, Fields> {
  const entries = new Map<string, Fields>();
  for (const entry of root.list(listName)) {
    const name = entry.text("name");
    if (name === undefined) {
      throw entry.error("name", "is missing");
    }
    if (entries.has(name)) {
      // Readers differ in which one they take, so what one has checked another would not use.
      throw entry.error("name", "is there twice");
    }
    const owner = `${entryName} ${JSON.stringify(name)}`;
    entries.set(name, entry.fields(entryName, owner) ?? new Fields(owner, {}));
  }
  return entries;
}

function lookUp(entries: ReadonlyMap<string, Fields>, kind: string, name: string): Fields {
  const found = entries.get(name);
  if (found === undefined) {
    throw new KubeconfigError(`kubeconfig: there is no ${kind} ${JSON.stringify(name)}`);
  }
  return found;
}
