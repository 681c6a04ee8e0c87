import type { Obj } from "../../sim/object.ts";
import { textAt } from "../../sim/value-at.ts";
import { helmReleases } from "../../src/flux/helm-release.ts";
import { ociRepositories } from "../../src/flux/oci-repository.ts";
import { secrets } from "../../src/kube/core.ts";
import type { Resource } from "../../src/kube/resource.ts";
import { CURRENT_GROUP, EARLIER_GROUP, INSTALLATION_MARK } from "../../src/ocm/api/group.ts";
import { type OCM, resourcesOf } from "../../src/ocm/api/objects.ts";
import { copyName } from "../../src/ocm/chart-secrets.desired.ts";
import { FIRST_RELEASE_NAME, FIRST_SOURCE_NAME, TOOLKIT_NAME, namesOf, tenantOf } from "../../src/ocm/names.ts";
import { accessRequests, clusterRequests } from "../../src/openmcp/platform/kinds.ts";
import { things } from "./things.ts";

/** The OCM object of either API group. */
export const OCM_REF: Readonly<Record<"name" | "namespace", string>> = { name: "one", namespace: "project-a" };
/** Name of the operator's pull secret, where the settings name one. */
export const PULL_SECRET = "registry";
/** Name of the operator's secret that the toolkit's pods need, where the settings name one. */
export const POD_SECRET = "images";

/** API groups of the two OCM objects that a tenant can have. */
export type OcmName = "ocm" | "currentOcm";
/** The OCM objects, the one that leads first. */
export const OCM_NAMES: readonly OcmName[] = ["currentOcm", "ocm"];
const GROUPS: Readonly<Record<OcmName, string>> = { ocm: EARLIER_GROUP, currentOcm: CURRENT_GROUP };
const mcp = namesIn("ocm");
const current = namesIn("currentOcm");
const workload = namesOf(OCM_REF, "workload");

/** Our finalizer on an OCM object. */
export function finalizerOf(name: OcmName): string {
  return `${GROUPS[name]}/finalizer`;
}

/** Whether an OCM object has our finalizer. */
export function isHeld(ocm: Obj | undefined, name: OcmName): boolean {
  return ocm?.metadata.finalizers?.includes(finalizerOf(name)) ?? false;
}

function namesIn(name: OcmName): ReturnType<typeof namesOf> {
  return namesOf(tenantOf({ apiVersion: `${GROUPS[name]}/v1alpha1`, metadata: OCM_REF } as unknown as OCM), "mcp");
}

/** Namespace of the tenant on the platform. */
export const TENANT_NAMESPACE: string = mcp.namespace;
/** Labels of what is ours on the platform, for each target. */
export const LABELS: Readonly<Record<"mcp" | "workload", Readonly<Record<string, string>>>> = {
  mcp: mcp.labels,
  workload: workload.labels,
};

/** Requests for access, by the place that they have in a state. */
export type AccessName = "access" | "currentAccess" | "strayAccess" | "workloadAccess";
type Access = {
  readonly target: "mcp" | "workload";
  readonly kubeconfig: "kubeconfig" | "currentKubeconfig" | "strayKubeconfig" | "workloadKubeconfig";
  readonly request: "plane" | "request";
  readonly labels: Readonly<Record<string, string>>;
};
const forPlane = { target: "mcp", request: "plane" } as const;
/** What each request for access is for. The stray one is the current group's under another name. */
export const ACCESSES: Readonly<Record<AccessName, Access>> = {
  access: { ...forPlane, kubeconfig: "kubeconfig", labels: mcp.accessLabels[0] },
  currentAccess: { ...forPlane, kubeconfig: "currentKubeconfig", labels: current.accessLabels[0] },
  strayAccess: { ...forPlane, kubeconfig: "strayKubeconfig", labels: current.accessLabels[0] },
  workloadAccess: {
    target: "workload",
    request: "request",
    kubeconfig: "workloadKubeconfig",
    labels: workload.accessLabels[0],
  },
};
export const ACCESS_NAMES: readonly AccessName[] = Object.keys(ACCESSES) as AccessName[];

/** The access that a HelmRelease refers to. */
export function accessIn(release: Obj | undefined): AccessName {
  return accessOf(textAt(release, "spec", "kubeConfig", "secretRef", "name"));
}

/** The access whose kubeconfig is in the Secret of a name. */
export function accessOf(secretName: string): AccessName {
  const found = ACCESS_NAMES.find((name) => KINDS[ACCESSES[name].kubeconfig].name === secretName);
  return found ?? "access";
}

/** What there is one of on a server. `store`: the cache in which the provider sees it. */
type Kind = {
  readonly cluster: "onboarding" | "platform";
  readonly resource: Resource;
  readonly name: string;
  readonly namespace: string;
  readonly store?: StoreName;
  /** Values of our label by which the cache is filtered. */
  readonly markedBy?: readonly string[];
  readonly title: string;
};

export type StoreName =
  | "ocms"
  | "currentOcms"
  | "clusterRequests"
  | "accessRequests"
  | "secretCopies"
  | "ociRepositories"
  | "lookups"
  | "helmReleases"
  | "firstSources"
  | "firstReleases";

const onPlatform = { cluster: "platform", namespace: mcp.namespace } as const;
const plain = (resource: unknown): Resource => resource as Resource;
const accessRequest = {
  resource: plain(accessRequests),
  store: "accessRequests",
  markedBy: [CURRENT_GROUP, EARLIER_GROUP],
} as const;

/** The objects that the model knows. */
export type KindName =
  | OcmName
  | "plane"
  | AccessName
  | Access["kubeconfig"]
  | "source"
  | "release"
  | "copy"
  | "request"
  | "oldCopy"
  | "oldSource"
  | "oldRelease";

/** Every object that the model knows, by the place that it has in a state. */
export const KINDS: Readonly<Record<KindName, Kind>> = {
  ocm: {
    cluster: "onboarding",
    resource: plain(resourcesOf(EARLIER_GROUP).resource),
    ...OCM_REF,
    store: "ocms",
    title: "earlier OCM object",
  },
  currentOcm: {
    cluster: "onboarding",
    resource: plain(resourcesOf(CURRENT_GROUP).resource),
    ...OCM_REF,
    store: "currentOcms",
    title: "current OCM object",
  },
  plane: {
    ...onPlatform,
    resource: plain(clusterRequests),
    name: mcp.controlPlane.name,
    store: "clusterRequests",
    title: "control plane's ClusterRequest",
  },
  access: {
    ...onPlatform,
    ...accessRequest,
    name: mcp.accessRequest.name,
    title: "AccessRequest",
  },
  kubeconfig: { ...onPlatform, resource: plain(secrets), name: "mcp.kubeconfig", title: "kubeconfig Secret" },
  currentAccess: {
    ...onPlatform,
    ...accessRequest,
    name: current.accessRequest.name,
    title: "current AccessRequest",
  },
  currentKubeconfig: {
    ...onPlatform,
    resource: plain(secrets),
    name: "current.kubeconfig",
    title: "current kubeconfig Secret",
  },
  strayAccess: {
    ...onPlatform,
    ...accessRequest,
    name: `${current.accessRequest.name}-as-never-found`,
    title: "stray AccessRequest",
  },
  strayKubeconfig: {
    ...onPlatform,
    resource: plain(secrets),
    name: "stray.kubeconfig",
    title: "stray kubeconfig Secret",
  },
  source: {
    ...onPlatform,
    resource: plain(ociRepositories),
    name: TOOLKIT_NAME,
    store: "ociRepositories",
    title: "OCIRepository",
  },
  release: {
    ...onPlatform,
    resource: plain(helmReleases),
    name: TOOLKIT_NAME,
    store: "helmReleases",
    title: "HelmRelease",
  },
  copy: {
    ...onPlatform,
    resource: plain(secrets),
    name: copyName("pull", PULL_SECRET),
    store: "secretCopies",
    markedBy: [INSTALLATION_MARK],
    title: "copy of the pull secret",
  },
  request: {
    ...onPlatform,
    resource: plain(clusterRequests),
    name: workload.clusterRequest.name,
    store: "clusterRequests",
    title: "workload ClusterRequest",
  },
  workloadAccess: {
    ...onPlatform,
    ...accessRequest,
    name: workload.accessRequest.name,
    title: "workload AccessRequest",
  },
  workloadKubeconfig: {
    ...onPlatform,
    resource: plain(secrets),
    name: "workload.kubeconfig",
    title: "workload kubeconfig Secret",
  },
  oldCopy: {
    ...onPlatform,
    resource: plain(secrets),
    name: PULL_SECRET,
    title: "predecessor's copy of the pull secret",
  },
  oldSource: {
    ...onPlatform,
    resource: plain(ociRepositories),
    name: FIRST_SOURCE_NAME,
    store: "firstSources",
    title: "predecessor's OCIRepository",
  },
  oldRelease: {
    ...onPlatform,
    resource: plain(helmReleases),
    name: FIRST_RELEASE_NAME,
    store: "firstReleases",
    title: "predecessor's HelmRelease",
  },
};

/** What the provider sees of an object in its caches. */
type SeenName = `seen ${KindName}`;
/** Beside objects: clusters on which the toolkit runs, what the helm-controller is at, and the lives of users. */
type OtherName = "mcp" | "workload" | "helm" | "life" | "memory" | "pass" | "truth" | "knowable" | "late";
export type PlaceName = KindName | SeenName | OtherName;

export const KIND_NAMES: readonly KindName[] = Object.keys(KINDS) as KindName[];
/** Those that the provider has in a cache. */
export const CACHED: readonly KindName[] = KIND_NAMES.filter((name) => kindOf(name).store !== undefined);

export function kindOf(name: KindName): Kind {
  return KINDS[name];
}

const PLACES: readonly PlaceName[] = [
  ...KIND_NAMES,
  ...CACHED.map((name) => `seen ${name}` as const),
  "mcp",
  "workload",
  "helm",
  "life",
  "memory",
  "pass",
  "truth",
  "knowable",
  "late",
];
const indices = new Map(PLACES.map((name, index) => [name, index]));

/** Where in a state a thing is. */
export function indexOf(name: PlaceName): number {
  return indices.get(name) ?? -1;
}

/** A state of the world: a number for each place. Never changed in place. */
export type World = readonly number[];

/** The cluster that a kubeconfig leads to. */
export type Cluster = {
  /** Another one after the cluster was made anew. */
  readonly number: number;
  readonly health: "up" | "mute" | "gone";
  readonly hasNamespace: boolean;
  /** Whether the CRDs of the chart are there, which survive an uninstall. */
  readonly hasCrds: boolean;
  /** How many objects users have. */
  readonly users: number;
  /** The newest version of the Helm release. */
  readonly record?: HelmRecord;
  /** Secrets beside the toolkit's pods. */
  readonly secrets: readonly Obj[];
};

/** One version of the Helm release. */
export type HelmRecord = {
  readonly status: "deployed" | "failed" | "pending-install" | "pending-upgrade" | "uninstalling";
  readonly version: number;
  readonly chart: Version;
  /** Digest of values and post-renderers. */
  readonly config: string;
  /** The HelmRelease that has made it. */
  readonly by: "release" | "oldRelease" | "foreign";
  /** The version before, while an upgrade has not succeeded. */
  readonly before?: { readonly chart: Version; readonly config: string; readonly version: number };
};

/** The versions that users choose from, as tags of the chart. */
export type Version = "0.4.0" | "0.5.0";

/** The Helm action that is under way. */
export type Attempt = {
  readonly of: "release" | "oldRelease";
  /** The access with which it works. */
  readonly via: AccessName;
  readonly chart: Version;
  readonly config: string;
  readonly action: "install" | "upgrade" | "check";
};

/** What a process of the provider remembers. Times are no more than "within the poll interval" or not. */
export type Remembered = {
  readonly looks: readonly { readonly digest?: string; readonly isFresh: boolean; readonly names: readonly string[] }[];
  readonly isCleared: boolean;
  /** The OCM object that led in the pass before. */
  readonly of: OcmName | undefined;
  /** That object is gone, and another one has its name. */
  readonly isOfEarlier?: true;
};

/** What is left to happen in a life. */
export type Life = {
  readonly creations: number;
  /** How often the current OCM object is created, beside the other one or in its place. */
  readonly twins: number;
  readonly changes: number;
  readonly planes: number;
};

export const EMPTY: World = PLACES.map(() => 0);

/** An object in a state. */
export function read(world: World, name: PlaceName): Obj | undefined {
  return valueIn(world, name) as Obj | undefined;
}

/** A cluster that toolkits run on. */
export function clusterIn(world: World, target: "mcp" | "workload"): Cluster | undefined {
  return valueIn(world, target) as Cluster | undefined;
}

/** What the helm-controller is at. */
export function attemptIn(world: World): Attempt | undefined {
  return valueIn(world, "helm") as Attempt | undefined;
}

/** What is left to happen in a life. */
export function lifeIn(world: World): Life {
  return (valueIn(world, "life") as Life | undefined) ?? { creations: 0, twins: 0, changes: 0, planes: 0 };
}

/** What the provider's process remembers. */
export function memoryIn(world: World): Remembered | undefined {
  return valueIn(world, "memory") as Remembered | undefined;
}

/** Versions that have run at some moment since the pass began. */
export function witnessedIn(world: World): readonly string[] {
  return (valueIn(world, "truth") as readonly string[] | undefined) ?? [];
}

/** UIDs of the OCM objects that are not being deleted and that the pass has had a chance to know of. */
export function knowableIn(world: World): readonly string[] {
  return (valueIn(world, "knowable") as readonly string[] | undefined) ?? [];
}

/** The object of which the news stay late beyond the end of the pass. */
export function lateIn(world: World): KindName | undefined {
  return valueIn(world, "late") as KindName | undefined;
}

function valueIn(world: World, name: PlaceName): unknown {
  return things.at(idAt(world, name));
}

export function idAt(world: World, name: PlaceName): number {
  return world[indexOf(name)] ?? 0;
}

/** The world with other values in some places. */
export function withValues(world: World, values: Partial<Readonly<Record<PlaceName, unknown>>>): World {
  return withIds(
    world,
    Object.entries(values).map(([name, value]) => [indexOf(name as PlaceName), things.idOf(value)]),
  );
}

export function withIds(world: World, ids: readonly (readonly [number, number])[]): World {
  const next = [...world];
  for (const [index, id] of ids) {
    next[index] = id;
  }
  return next;
}
