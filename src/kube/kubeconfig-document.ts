import { load, loadAll, YAMLException } from "js-yaml";
import { isRecord } from "./json.ts";
import { SCHEMA, STRICT_SCHEMA } from "./yaml.ts";

/** A kubeconfig as it is written: its entries by name, not interpreted yet. */
export type KubeconfigDocument = {
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, Fields>;
  readonly clusters: ReadonlyMap<string, Fields>;
  readonly users: ReadonlyMap<string, Fields>;
};

/**
 * Parses a kubeconfig, YAML or JSON, that every reader understands alike: one document, and no key twice.
 */
export function parseKubeconfigDocument(text: string): KubeconfigDocument {
  return toDocument("kubeconfig", () => load(text, { schema: STRICT_SCHEMA }));
}

/**
 * Parses a kubeconfig of the operator as kubectl does: the first document counts, and the last of two equal keys.
 *
 * An empty file is a kubeconfig without entries. `origin` names the file in messages.
 */
export function parseTrustedDocument(text: string, origin: string): KubeconfigDocument {
  return toDocument(origin, () => loadAll(text, { schema: SCHEMA, json: true })[0] ?? {});
}

function toDocument(origin: string, parse: () => unknown): KubeconfigDocument {
  const root = new Fields(origin, parseYaml(origin, parse));
  for (const [field, expected] of [
    ["apiVersion", "v1"],
    ["kind", "Config"],
  ] as const) {
    if ((root.text(field) ?? expected) !== expected) {
      throw root.error(field, `must be ${expected}`);
    }
  }
  return {
    currentContext: root.text("current-context"),
    contexts: named(root, "contexts", "context"),
    clusters: named(root, "clusters", "cluster"),
    users: named(root, "users", "user"),
  };
}

/** Finds the cluster and the user of a context: the current one unless named. A context without user is anonymous. */
export function selectContext(
  document: KubeconfigDocument,
  contextName?: string,
): { readonly cluster: Fields; readonly user: Fields } {
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

// Takes only the reason and the line from the error: the parser quotes lines around it, which may hold a token.
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

function named(root: Fields, listName: string, entryName: string): ReadonlyMap<string, Fields> {
  const entries = new Map<string, Fields>();
  for (const entry of root.list(listName)) {
    const name = entry.text("name") ?? "";
    if (entries.has(name)) {
      // Readers differ in which entry they take: one could be checked and the other one used.
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

/** A kubeconfig cannot be used. The message names the field and never quotes its value. */
export class KubeconfigError extends Error {
  override readonly name: string = "KubeconfigError";
}

/** The fields of one part of a kubeconfig. A field of another type is a `KubeconfigError`; null means absent. */
export class Fields {
  /** Names the part in messages, for example `user "admin"`. */
  readonly owner: string;
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(owner: string, values: Readonly<Record<string, unknown>>) {
    this.owner = owner;
    this.#values = values;
  }

  /** Reads a text; like kubectl, takes an empty one as absent. */
  text(field: string): string | undefined {
    const value = this.#read(field);
    if (value !== undefined && typeof value !== "string") {
      throw this.error(field, "must be a string");
    }
    return value === "" ? undefined : value;
  }

  /** Reads a boolean; an absent one is false. */
  isOn(field: string): boolean {
    const value = this.#read(field) ?? false;
    if (typeof value !== "boolean") {
      throw this.error(field, "must be true or false");
    }
    return value;
  }

  /** Reads an object. */
  fields(field: string, owner: string = `${this.owner}: ${field}`): Fields | undefined {
    const value = this.#read(field);
    if (value !== undefined && !isRecord(value)) {
      throw this.error(field, "must be an object");
    }
    return value === undefined ? undefined : new Fields(owner, value);
  }

  /** Reads a list of objects; an absent one is empty. */
  list(field: string): readonly Fields[] {
    return this.#array(field).map((value, index) => {
      const entry = value ?? {};
      if (!isRecord(entry)) {
        throw this.error(`${field}[${index}]`, "must be an object");
      }
      return new Fields(`${field}[${index}]`, entry);
    });
  }

  /** Reads a list of texts; an absent one is empty. */
  texts(field: string): readonly string[] {
    return this.#array(field).map((value) => {
      if (typeof value !== "string") {
        throw this.error(field, "must be a list of strings");
      }
      return value;
    });
  }

  /** Reads a field as it is. */
  value(field: string): unknown {
    return this.#read(field);
  }

  /** Whether the field is there, and neither null nor empty text. */
  has(field: string): boolean {
    const value = this.#read(field);
    return value !== undefined && value !== "";
  }

  /** Names of all fields. */
  names(): readonly string[] {
    return Object.keys(this.#values);
  }

  /** Makes the error about a field. */
  error(field: string, problem: string): KubeconfigError {
    return new KubeconfigError(`${this.owner}: ${field} ${problem}`);
  }

  #array(field: string): readonly unknown[] {
    const value = this.#read(field) ?? [];
    if (!Array.isArray(value)) {
      throw this.error(field, "must be a list");
    }
    return value;
  }

  #read(field: string): unknown {
    return Object.hasOwn(this.#values, field) ? (this.#values[field] ?? undefined) : undefined;
  }
}
