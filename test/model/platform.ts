import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import { RIGHTS_FINALIZER, type TargetName } from "./clusters.ts";
import { freshUid, told } from "./requests.ts";
import type { Actor, Deed } from "./rule.ts";
import { created, kept } from "./server.ts";
import {
  ACCESSES,
  type AccessName,
  type Cluster,
  clusterIn,
  KINDS,
  lifeIn,
  OCM_REF,
  read,
  TENANT_NAMESPACE,
  withValues,
  type World,
} from "./world.ts";

const REQUEST_FINALIZER = "clusters.openmcp.cloud/request";

/** The platform's operator, as far as an AccessRequest tells of it. */
export function accessOperator(name: AccessName): Actor {
  const { target, kubeconfig, request, labels } = ACCESSES[name];
  return {
    name: "operator",
    places: [name, `seen ${name}`, request, kubeconfig, target],
    deeds: (world) => {
      const access = read(world, name);
      return access === undefined || !isOurs(access, labels) ? collect(world, name) : accessDeeds(world, name, access);
    },
  };
}

// The AccessRequest of somebody else is none of this tenant's business.
function isOurs({ metadata }: Obj, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([label, value]) => metadata.labels?.[label] === value);
}

function accessDeeds(world: World, name: AccessName, access: Obj): readonly Deed[] {
  const { title } = KINDS[name];
  if (access.metadata.deletionTimestamp !== undefined) {
    const left = withoutRights(access);
    return left === access
      ? []
      : [{ what: `operator takes the rights of the ${title} back`, to: { [name]: kept(left) } }];
  }
  const cluster = orderedCluster(world, name);
  if (cluster === undefined) {
    return [];
  }
  const clusterRef = valueAt(read(world, ACCESSES[name].request), "status", "cluster");
  const bound = textAt(access, "spec", "clusterRef", "name");
  if (bound === "") {
    return clusterRef === undefined
      ? []
      : [{ what: `operator takes up the ${title}`, to: { [name]: takenUp(access, clusterRef) } }];
  }
  const isSeen = valueAt(access, "status", "observedGeneration") === access.metadata.generation;
  const isDecided = isSeen && textAt(access, "status", "phase") !== "Pending";
  return bound !== textAt(clusterRef, "name") || isDecided ? [] : decisions(world, name, access);
}

/** The cluster that an access is for, while there is one. */
function orderedCluster(world: World, name: AccessName): Cluster | undefined {
  const { target, request } = ACCESSES[name];
  const cluster = clusterIn(world, target);
  return read(world, request) === undefined || cluster?.health === "gone" ? undefined : cluster;
}

function decisions(world: World, name: AccessName, access: Obj): readonly Deed[] {
  const { kubeconfig } = ACCESSES[name];
  const { title } = KINDS[name];
  const observedGeneration = access.metadata.generation;
  const granted = { phase: "Granted", observedGeneration, secretRef: { name: KINDS[kubeconfig].name } };
  return [
    {
      what: `operator grants the ${title}`,
      to: { [name]: withStatus(access, granted), [kubeconfig]: kubeconfigOf(world, name, access) },
    },
    {
      what: `operator denies the ${title}`,
      isFault: true,
      to: { [name]: withStatus(access, { phase: "Denied", observedGeneration }) },
    },
  ];
}

function withoutRights(access: Obj): Obj {
  const { finalizers = [] } = access.metadata;
  const left = finalizers.filter((one) => one !== RIGHTS_FINALIZER);
  return left.length === finalizers.length ? access : { ...access, metadata: { ...access.metadata, finalizers: left } };
}

function takenUp(access: Obj, clusterRef: unknown): Obj {
  const { metadata } = access;
  const generation = (metadata.generation ?? 0) + 1;
  const spec = {
    ...(access["spec"] as object),
    clusterRef,
  };
  const finalizers = [...(metadata.finalizers ?? []), RIGHTS_FINALIZER];
  const status = { phase: "Pending", observedGeneration: generation };
  return { ...access, metadata: { ...metadata, generation, finalizers }, spec, status };
}

function withStatus(object: Obj, status: object): Obj {
  return { ...object, status };
}

function kubeconfigOf(world: World, name: AccessName, access: Obj): Obj {
  const { target, kubeconfig } = ACCESSES[name];
  const { number = 0 } = clusterIn(world, target) ?? {};
  const { apiVersion, kind, metadata } = access;
  const owner = { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? "" };
  const before = read(world, kubeconfig);
  const text = kubeconfigText(`https://${target}-${number}.example.com`);
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: KINDS[kubeconfig].name,
      namespace: TENANT_NAMESPACE,
      uid: before?.metadata.uid ?? `${kubeconfig}-0`,
      annotations: { cluster: String(number) },
      ownerReferences: [owner],
    },
    type: "Opaque",
    data: { kubeconfig: Buffer.from(text).toString("base64") },
  };
}

function kubeconfigText(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });
}

/** A kubeconfig whose AccessRequest is gone is collected. */
function collect(world: World, name: AccessName): readonly Deed[] {
  const { kubeconfig } = ACCESSES[name];
  return read(world, kubeconfig) === undefined
    ? []
    : [{ what: `the ${KINDS[kubeconfig].title} is collected`, to: { [kubeconfig]: undefined } }];
}

/** A kubeconfig of an AccessRequest that was made anew. */
export function collector(name: AccessName): Actor {
  const { kubeconfig } = ACCESSES[name];
  return {
    name: "garbage collector",
    places: [name, kubeconfig],
    deeds: (world) => {
      const secret = read(world, kubeconfig);
      const [owner] = secret?.metadata.ownerReferences ?? [];
      const access = read(world, name);
      const isOrphan = secret !== undefined && access !== undefined && owner?.uid !== access.metadata.uid;
      return isOrphan ? [{ what: `the ${KINDS[kubeconfig].title} is collected`, to: { [kubeconfig]: undefined } }] : [];
    },
  };
}

const NEW_CLUSTER: Omit<Cluster, "number"> = {
  health: "up",
  hasNamespace: false,
  hasCrds: false,
  users: 0,
  secrets: [],
};

/** The control plane's ClusterRequest: the platform makes it, and ends it with the cluster. */
export const planeOperator: Actor = {
  name: "operator",
  places: ["plane", "seen plane", "mcp", "life"],
  deeds: (world) => {
    const plane = read(world, "plane");
    const cluster = clusterIn(world, "mcp");
    const life = lifeIn(world);
    if (plane === undefined) {
      const number = ((cluster?.number ?? 1) + 1) % 2;
      return life.planes === 0
        ? []
        : [
            {
              what: "the control plane is ordered",
              to: {
                plane: planeObject(freshUid(world, "plane"), number),
                mcp: { ...NEW_CLUSTER, number } satisfies Cluster,
                life: { ...life, planes: life.planes - 1 },
              },
            },
          ];
    }
    if (plane.metadata.deletionTimestamp === undefined) {
      return [
        { what: "somebody deletes the control plane's ClusterRequest", isFault: true, to: { plane: going(plane) } },
      ];
    }
    const gone: Cluster = { ...NEW_CLUSTER, number: cluster?.number ?? 0, health: "gone" };
    return [{ what: "the control plane ends, and its ClusterRequest", to: { plane: undefined, mcp: gone } }];
  },
};

function going(object: Obj): Obj {
  const { metadata } = object;
  const generation = (metadata.generation ?? 0) + 1;
  return { ...object, metadata: { ...metadata, generation, deletionTimestamp: "2026-01-01T00:00:00Z" } };
}

function planeObject(uid: string, number: number): Obj {
  const { resource } = KINDS.plane;
  const object: Obj = {
    apiVersion: `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: { name: OCM_REF.name, namespace: TENANT_NAMESPACE, finalizers: [REQUEST_FINALIZER] },
    spec: { purpose: "mcp" },
    status: {
      phase: "Granted",
      observedGeneration: 1,
      cluster: { name: `cluster-${number}`, namespace: TENANT_NAMESPACE },
    },
  };
  return created(object, uid);
}

/** The world with a control plane. */
export function withPlane(world: World): World {
  const cluster: Cluster = { ...NEW_CLUSTER, number: 0 };
  const placed = withValues(world, { plane: planeObject("plane-0", 0), mcp: cluster });
  return told(placed, "plane");
}

/** The request for a workload cluster: a shared one, which stays with what is on it when the request goes. */
export const requestOperator: Actor = {
  name: "operator",
  places: ["request", "workload"],
  deeds: (world) => {
    const request = read(world, "request");
    if (request === undefined) {
      return [];
    }
    const { metadata } = request;
    const isHeld = metadata.finalizers?.includes(REQUEST_FINALIZER) ?? false;
    if (metadata.deletionTimestamp !== undefined) {
      const finalizers = (metadata.finalizers ?? []).filter((one) => one !== REQUEST_FINALIZER);
      const next = kept({ ...request, metadata: { ...metadata, finalizers } });
      return isHeld ? [{ what: "operator takes the workload cluster back", to: { request: next } }] : [];
    }
    if (isHeld) {
      return [];
    }
    const finalizers = [...(metadata.finalizers ?? []), REQUEST_FINALIZER];
    const status = {
      phase: "Granted",
      observedGeneration: metadata.generation,
      cluster: { name: "shared", namespace: "openmcp-system" },
    };
    const next = { ...request, metadata: { ...metadata, finalizers }, status };
    const cluster = clusterIn(world, "workload") ?? { ...NEW_CLUSTER, number: 0 };
    return [{ what: "operator grants the workload cluster", to: { request: next, workload: cluster } }];
  },
};

/** What becomes of a cluster beside what Flux and the provider do. */
export function clusterLife(target: TargetName): Actor {
  const title = target === "mcp" ? "control plane" : "workload cluster";
  return {
    name: "cluster",
    places: [target],
    deeds: (world) => {
      const cluster = clusterIn(world, target);
      if (cluster === undefined || cluster.health === "gone") {
        return [];
      }
      return cluster.health === "mute"
        ? [{ what: `the ${title} answers again`, to: { [target]: { ...cluster, health: "up" } } }]
        : [{ what: `the ${title} falls silent`, isFault: true, to: { [target]: { ...cluster, health: "mute" } } }];
    },
  };
}
