import { isDeepStrictEqual } from "node:util";

import type { Obj } from "../../sim/object.ts";
import { listAt, textAt, valueAt } from "../../sim/value-at.ts";
import { isAlive } from "./installed.ts";
import { type Clusters, kindOf } from "./stage.ts";

/** What all clusters hold, by cluster, collection and key, without what differs from run to run. */
export type Dump = ReadonlyMap<string, unknown>;

// Leases say who works, Events what happened on the way; Flux counts the records of Helm's releases. What defines
// kinds, and the namespaces of a control plane, outlive a release, if there ever was one.
const IGNORED: ReadonlySet<string> = new Set([
  "events",
  "leases.coordination.k8s.io",
  "customresourcedefinitions.apiextensions.k8s.io",
]);
// A retry after an earlier failure leaves its token; what was tried is known by versions of Secrets. Only an access that
// was requested before anything else is marked as the first one. Deployments count their changes.
const OWN_MARKS =
  /^(reconcile\.fluxcd\.io\/|ocm\.services\.openmcp\.cloud\/(?:retried|first-access)$|deployment\.kubernetes\.io\/revision$)/;
const RANDOM_CLUSTER = /\bmcp-[a-z0-9]{8}\b/g;
const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const ADDRESS = /cluster-\d+\.example\.com/g;
const TIMES = new Set(["lastTransitionTime", "creationTimestamp", "renewTime", "lastHandledReconcileAt"]);

const contents = new WeakMap<Obj, unknown>();

/** Takes down what all clusters hold. */
export function dump(clusters: Clusters): Dump {
  const alive = [...clusters].filter(([name]) => kindOf(name) !== "mcp" || isAlive(clusters, name));
  const entries = alive.flatMap(([name, { api }]) =>
    [...api.stored()]
      .filter(([collection]) => !IGNORED.has(collection) && !(kindOf(name) === "mcp" && collection === "namespaces"))
      .flatMap(([collection, objects]) =>
        objects.filter(isNews).map((object) => entryOf(`${name} ${collection}`, object)),
      ),
  );
  return new Map(entries);
}

/** What is different in two dumps, a line each. */
export function differences(found: Dump, expected: Dump): readonly string[] {
  return [...new Set([...found.keys(), ...expected.keys()])].flatMap((key) => {
    if (!found.has(key)) {
      return [`missing: ${key}`];
    }
    if (!expected.has(key)) {
      return [`left behind: ${key}`];
    }
    const [left, right] = [found.get(key), expected.get(key)];
    return isDeepStrictEqual(left, right)
      ? []
      : [`different: ${key}\n  found    ${JSON.stringify(left)}\n  expected ${JSON.stringify(right)}`];
  });
}

// Of the records of Helm's releases the present one tells what is installed. Access that is not the provider's is made
// and renewed by the platform in its own time.
function isNews({ kind, metadata, ...object }: Obj): boolean {
  const isAccess = kind === "AccessRequest" || (kind === "Secret" && metadata.name.endsWith(".kubeconfig"));
  const isOfOthers = isAccess && !metadata.name.startsWith("ocm.");
  const isSuperseded = object["type"] === "helm.sh/release.v1" && metadata.labels?.["status"] === "superseded";
  return !isOfOthers && !isSuperseded;
}

function entryOf(place: string, object: Obj): [string, unknown] {
  const { name, namespace = "" } = object.metadata;
  const key = `${place} ${namespace}/${name.replace(RANDOM_CLUSTER, "mcp-random").replace(/\.v\d+$/, ".vN")}`;
  // Stored objects never change in place.
  const content = contents.get(object) ?? contentOf(object);
  contents.set(object, content);
  return [key, content];
}

function contentOf(object: Obj): unknown {
  const { labels, annotations = {}, finalizers = [], deletionTimestamp } = object.metadata;
  const kept = Object.fromEntries(Object.entries(annotations).filter(([key]) => !OWN_MARKS.test(key)));
  const { metadata: _metadata, status: _status, data, ...rest } = object;
  const content = {
    ...rest,
    labels: object["type"] === "helm.sh/release.v1" ? { status: labels?.["status"] } : labels,
    annotations: kept,
    finalizers: finalizers.toSorted(),
    isBeingDeleted: deletionTimestamp !== undefined,
    data: dataOf(object, data),
    status: statusOf(object),
    isObserved: valueAt(object, "status", "observedGeneration") === object.metadata.generation,
  };
  return JSON.parse(
    JSON.stringify(content, withoutTime)
      .replace(UID, "uid")
      .replace(RANDOM_CLUSTER, "mcp-random")
      .replace(ADDRESS, "address"),
  ) as unknown;
}

// An empty list says as little as none.
function withoutTime(key: string, value: unknown): unknown {
  return TIMES.has(key) || (Array.isArray(value) && value.length === 0) ? undefined : value;
}

// Tokens and Helm's records, which say when they were made, are different each time.
function dataOf(object: Obj, data: unknown): unknown {
  const isOpaque = textAt(data, "kubeconfig") !== "" || object["type"] === "helm.sh/release.v1";
  return isOpaque ? Object.keys(data ?? {}) : data;
}

function statusOf(object: Obj): unknown {
  const { kind } = object;
  if (kind === "HelmRelease" || kind === "OCIRepository") {
    const ready = listAt(object, "status", "conditions").find((one) => textAt(one, "type") === "Ready");
    const [newest] = listAt(object, "status", "history");
    return {
      ready: textAt(ready, "status"),
      deployed: textAt(newest, "status"),
      version: textAt(newest, "chartVersion"),
    };
  }
  if (kind === "OCM" || kind === "ProviderConfig") {
    return withoutKeys(object["status"], ["observedGeneration"]);
  }
  return textAt(object, "status", "phase");
}

function withoutKeys(value: unknown, keys: readonly string[]): unknown {
  return JSON.parse(
    JSON.stringify(value ?? null, (key, child: unknown) => (keys.includes(key) ? undefined : child)),
  ) as unknown;
}
