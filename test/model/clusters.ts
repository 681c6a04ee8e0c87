import { toSecret } from "../../sim/flux/release-record.ts";
import type { Obj } from "../../sim/object.ts";
import { FIRST_RELEASE_NAME, RELEASE_NAME, RELEASE_NAMESPACE, TOOLKIT_NAME } from "../../src/ocm/names.ts";
import type { Resource } from "../../src/kube/resource.ts";
import { TOOLKIT_GROUP } from "../../src/ocm/user-objects.ts";
import { type Answer, type Asked, isSelected, type ObjectRequest, present, serve, TIME } from "./server.ts";
import {
  ACCESSES,
  type AccessName,
  type Cluster,
  clusterIn,
  type HelmRecord,
  read,
  TENANT_NAMESPACE,
  type World,
} from "./world.ts";

/** Finalizer by which the platform holds an AccessRequest while it has rights. */
export const RIGHTS_FINALIZER = "local.clusters.example.com/access";

export type TargetName = "mcp" | "workload";

/** A request for one object, or a list, on a cluster that the toolkit runs on. */
export type ClusterRequest =
  | (ObjectRequest & Asked & { readonly name: string })
  | (Asked & { readonly verb: "list"; readonly labelSelector?: string })
  | { readonly verb: "version" };

/** What a cluster makes of a request. */
export type ClusterServed = { readonly cluster: Cluster; readonly answer: Answer };

/** The kinds of the toolkit's API group, asked for as if they were objects. */
export const DISCOVERY: Asked = { group: TOOLKIT_GROUP, plural: "discovery" };

const KINDS_OF_USERS: readonly Resource[] = [
  ["Repository", "repositories", true],
  ["Deployer", "deployers", false],
].map(([kind, plural, namespaced]) => ({
  group: TOOLKIT_GROUP,
  version: "v1alpha1",
  kind: String(kind),
  plural: String(plural),
  namespaced: namespaced === true,
}));

/** How the kubeconfig of an access opens its cluster: with its rights, without them any more, or not at all. */
export function howOpens(world: World, access: AccessName): "works" | "refused" | "silent" | "missing" {
  const { target, kubeconfig: secret } = ACCESSES[access];
  const kubeconfig = read(world, secret);
  if (kubeconfig === undefined) {
    return "missing";
  }
  const cluster = clusterIn(world, target);
  if (cluster?.health !== "up" || numberIn(kubeconfig) !== cluster.number) {
    return "silent";
  }
  return hasRights(kubeconfig, read(world, access)) ? "works" : "refused";
}

function hasRights(kubeconfig: Obj, access: Obj | undefined): boolean {
  const [owner] = kubeconfig.metadata.ownerReferences ?? [];
  const isGranted = access?.metadata.finalizers?.includes(RIGHTS_FINALIZER) === true;
  return isGranted && owner?.uid === access.metadata.uid;
}

/** Which cluster, among those that had the same name, a kubeconfig is for. */
function numberIn({ metadata }: Obj): number {
  return Number(metadata.annotations?.["cluster"]);
}

/** Serves a request on a cluster of which the provider has a kubeconfig. */
export function serveOnCluster(world: World, access: AccessName, request: ClusterRequest): ClusterServed {
  const cluster = clusterIn(world, ACCESSES[access].target) ?? NO_CLUSTER;
  switch (howOpens(world, access)) {
    case "missing":
    case "silent":
      return { cluster, answer: { error: "Silent" } };
    case "refused":
      return { cluster, answer: { error: "Unauthorized" } };
    case "works":
      return serveWith(cluster, request);
  }
}

const NO_CLUSTER: Cluster = {
  number: 0,
  health: "gone",
  hasNamespace: false,
  hasCrds: false,
  users: 0,
  secrets: [],
};

function serveWith(cluster: Cluster, request: ClusterRequest): ClusterServed {
  if (request.verb === "version") {
    return { cluster, answer: { object: "v1.33.1" } };
  }
  if (request.verb === "list") {
    return { cluster, answer: list(cluster, request) };
  }
  if (request.plural === "namespaces") {
    const answer: Answer = cluster.hasNamespace ? { error: "AlreadyExists" } : { object: request.body };
    return { cluster: { ...cluster, hasNamespace: true }, answer };
  }
  return serveSecret(cluster, request);
}

function serveSecret(cluster: Cluster, request: ObjectRequest & { readonly name: string }): ClusterServed {
  const live = cluster.secrets.find(({ metadata }) => metadata.name === request.name);
  if (live === undefined && !cluster.hasNamespace) {
    return { cluster, answer: { error: "NotFound" } };
  }
  const { stored, answer } = serve(live, request, `secret-${request.name}`);
  const others = cluster.secrets.filter((one) => one !== live);
  return { cluster: { ...cluster, secrets: stored === undefined ? others : [...others, stored] }, answer };
}

function list(cluster: Cluster, { plural, labelSelector = "" }: Extract<ClusterRequest, { verb: "list" }>): Answer {
  if (plural === "secrets") {
    const records = cluster.record === undefined ? [] : secretsOf(cluster.record);
    const all = [...records, ...cluster.secrets];
    return { object: all.filter((secret) => isSelected(secret, labelSelector)).map(present) };
  }
  if (plural === DISCOVERY.plural) {
    return { object: cluster.hasCrds ? KINDS_OF_USERS : [] };
  }
  if (!KINDS_OF_USERS.some((kind) => kind.plural === plural)) {
    return { object: [] };
  }
  if (!cluster.hasCrds) {
    return { error: "NotFound" };
  }
  const count = plural === "repositories" ? cluster.users : 0;
  return { object: Array.from({ length: count }, (_, index) => userObject(`mine-${index}`)) };
}

function userObject(name: string): Obj {
  return {
    apiVersion: "delivery.ocm.software/v1alpha1",
    kind: "Repository",
    metadata: { name, namespace: "default", resourceVersion: "1" },
  };
}

/** Helm's records of a release, with an object that tells which HelmRelease it comes from. */
function secretsOf(record: HelmRecord): readonly Obj[] {
  const { before } = record;
  const earlier = before === undefined ? [] : [secretOf({ ...record, ...before, status: "deployed" })];
  return [secretOf(record), ...earlier];
}

const NAMES: Readonly<Record<HelmRecord["by"], string>> = {
  release: TOOLKIT_NAME,
  oldRelease: FIRST_RELEASE_NAME,
  foreign: "another",
};

function secretOf({ status, version, chart, by }: HelmRecord): Obj {
  const labels = {
    "helm.toolkit.fluxcd.io/name": NAMES[by],
    "helm.toolkit.fluxcd.io/namespace": by === "foreign" ? "elsewhere" : TENANT_NAMESPACE,
  };
  const object = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "toolkit", labels } };
  return toSecret({
    name: RELEASE_NAME,
    namespace: RELEASE_NAMESPACE,
    version,
    status,
    chart: { name: "chart", version: chart, appVersion: chart },
    config: {},
    objects: [object],
    firstDeployed: TIME,
    lastDeployed: TIME,
  });
}
