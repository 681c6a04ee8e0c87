import { boolYaml11Tag, CORE_SCHEMA, intCoreTag, load, loadAll, mergeTag, YAMLException } from "js-yaml";
import { Fields, KubeconfigError } from "./fields.ts";
import { exactInteger } from "./json.ts";
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

/** Merge keys, but no more: with them a field can be there that is not written where it counts. */
const STRICT_SCHEMA = CORE_SCHEMA.withTags(mergeTag);
/** Go's readers also take yes, no, on and off for switches, and plugins are told every digit of an integer. */
const SCHEMA = STRICT_SCHEMA.withTags(boolYaml11Tag, { ...intCoreTag, resolve: resolveInteger });

/** Parses a kubeconfig, YAML or JSON, of which all readers think the same: one document, each key once. */
export function parseKubeconfigDocument(text: string): KubeconfigDocument {
  return toDocument(
    "kubeconfig",
    parseYaml("kubeconfig", () => load(text, { schema: STRICT_SCHEMA })),
  );
}

/**
 * Parses a kubeconfig of the operator as kubectl does: the first document, and of a key that is there twice the last.
 *
 * An empty file is a kubeconfig without entries. `origin` names it in messages.
 */
export function parseTrustedDocument(text: string, origin: string): KubeconfigDocument {
  return toDocument(
    origin,
    parseYaml(origin, () => loadAll(text, { schema: SCHEMA, json: true })[0] ?? {}),
  );
}

function toDocument(origin: string, parsed: Readonly<Record<string, unknown>>): KubeconfigDocument {
  const root = new Fields(origin, parsed);
  for (const [field, expected] of [
    ["apiVersion", "v1"],
    ["kind", "Config"],
  ] as const) {
    if ((root.text(field) ?? expected) !== expected) {
      throw root.error(field, `must be ${expected}`);
    }
  }
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

function parseYaml(origin: string, parse: () => unknown): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = parse();
  } catch (error) {
    throw new KubeconfigError(`${origin}: ${problemOf(error)}`);
  }
  if (!isRecord(parsed)) {
    throw new KubeconfigError(`${origin}: must be an object`);
  }
  return parsed;
}

// Nothing else of the error: the parser quotes the lines around it, which may hold a token.
function problemOf(error: unknown): string {
  if (!(error instanceof YAMLException)) {
    return "is not valid YAML";
  }
  const line = `line ${(error.mark?.line ?? 0) + 1}`;
  if (error.reason === "duplicated mapping key") {
    return `a key is there twice (${line})`;
  }
  return error.reason.startsWith("expected a single document")
    ? "holds several documents, expected one"
    : `is not valid YAML (${line})`;
}

function resolveInteger(source: string, isExplicit: boolean, tagName: string): unknown {
  const value = intCoreTag.resolve(source, isExplicit, tagName);
  return typeof value === "number" && !Number.isSafeInteger(value) ? exactInteger(String(BigInt(source))) : value;
}

function named(root: Fields, listName: string, entryName: string): ReadonlyMap<string, Fields> {
  const entries = new Map<string, Fields>();
  for (const entry of root.list(listName)) {
    const name = entry.text("name") ?? "";
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
