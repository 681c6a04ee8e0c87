import { refOf } from "../client.ts";
import type { Obj } from "../object.ts";
import type { Next } from "../stand-in/control-loop.ts";
import { ensure } from "../stand-in/ensure.ts";
import { addFinalizer, removeFinalizer } from "../stand-in/finalizer.ts";
import { kubeTime } from "../stand-in/kube-time.ts";
import { refFromKey } from "../stand-in/ref.ts";
import { listAt, textAt } from "../value-at.ts";
import { clusterRequestType, clusterType, PLATFORM_NAMESPACE } from "./kinds.ts";
import type { ClusterEndpoint, PlatformContext } from "./platform-context.ts";

/** Finalizer of the stand-in for a cluster provider. */
export const CLUSTER_FINALIZER = "local.clusters.example.com/cluster";

/** Name of that stand-in, as provider and as profile. */
export const LOCAL = "local";

/** Labels and annotations with this prefix come with the request, unless the cluster is shared. */
export const PASSED_ON = "metadata.open-control-plane.io/";

const REQUEST_FINALIZER = "request.clusters.openmcp.cloud/";
const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";
const SUFFIX_LENGTH = 8;

/** Finalizer by which a request holds on to its cluster. */
export function requestFinalizer(request: Obj): string {
  return `${REQUEST_FINALIZER}${request.metadata.uid ?? ""}`;
}

/** Makes a cluster for a request, or assigns the shared one of its purpose. */
export async function assignCluster(context: PlatformContext, request: Obj): Promise<Obj> {
  const { platform, random } = context;
  const purpose = textAt(request, "spec", "purpose");
  const isExclusive = purpose === "mcp";
  const namespace = isExclusive ? (request.metadata.namespace ?? "") : PLATFORM_NAMESPACE;
  const clusters = await platform.list({ ...clusterType, namespace });
  const taken = clusters.find(
    (cluster) =>
      (cluster.metadata.finalizers ?? []).includes(requestFinalizer(request)) ||
      (!isExclusive && cluster.metadata.name === purpose),
  );
  if (taken !== undefined) {
    await addFinalizer(platform, taken, requestFinalizer(request));
    return taken;
  }
  const { labels, annotations } = isExclusive ? request.metadata : {};
  const cluster: Obj = {
    ...clusterType,
    metadata: {
      name: isExclusive ? `${purpose}-${randomSuffix(random)}` : purpose,
      namespace,
      labels: { "clusters.openmcp.cloud/delete-without-requests": "true", ...passedOn(labels) },
      annotations: passedOn(annotations),
      finalizers: [requestFinalizer(request)],
    },
    spec: { kubernetes: {}, profile: LOCAL, purposes: [purpose], tenancy: isExclusive ? "Exclusive" : "Shared" },
  };
  await ensure(platform, cluster);
  return cluster;
}

function passedOn(entries: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(entries).filter(([name]) => name.startsWith(PASSED_ON)));
}

function randomSuffix(random: () => number): string {
  const letters = Array.from({ length: SUFFIX_LENGTH }, () => ALPHABET[Math.floor(random() * ALPHABET.length)] ?? "x");
  return letters.join("");
}

/** Reconciles one Cluster as a cluster provider does: sees to its API server and says when it is ready. */
export async function reconcileCluster(context: PlatformContext, key: string): Promise<Next> {
  const { platform, clock } = context;
  const cluster = await platform.find(refFromKey(clusterType, key));
  if (cluster?.metadata.deletionTimestamp !== undefined) {
    await end(context, cluster);
    return "settled";
  }
  if (cluster === undefined || textAt(cluster, "spec", "profile") !== LOCAL) {
    return "settled";
  }
  await addFinalizer(platform, cluster, CLUSTER_FINALIZER);
  if (textAt(cluster, "status", "phase") === "Ready") {
    return "settled";
  }
  const endpoint = await endpointOf(context, cluster);
  if (endpoint === undefined) {
    return "retry";
  }
  const observedGeneration = cluster.metadata.generation;
  const lastTransitionTime = kubeTime(clock.now());
  const ready = { type: "Ready", status: "True", reason: "Ready", message: "", observedGeneration, lastTransitionTime };
  await platform.status(refOf(cluster), {
    phase: "Ready",
    observedGeneration,
    apiServer: endpoint.server,
    conditions: [ready],
  });
  return "settled";
}

// A request that still holds on to its cluster lets go of it with a change, which comes by here again.
async function end({ platform, endCluster }: PlatformContext, cluster: Obj): Promise<void> {
  const isHeld = (cluster.metadata.finalizers ?? []).some((one) => one.startsWith(REQUEST_FINALIZER));
  if (endCluster !== undefined && !isHeld) {
    await endCluster(cluster);
    await removeFinalizer(platform, cluster, CLUSTER_FINALIZER);
  }
}

/** The way to a cluster; `undefined` when no request holds on to it. */
export async function endpointOf(context: PlatformContext, cluster: Obj): Promise<ClusterEndpoint | undefined> {
  // A cluster of one request lies beside it; looking at all requests for each cluster does not scale.
  const isExclusive = textAt(cluster, "spec", "tenancy") === "Exclusive";
  const beside = isExclusive ? { namespace: cluster.metadata.namespace } : {};
  const requests = await context.platform.list({ ...clusterRequestType, ...beside });
  const request = requests.find((one) => (cluster.metadata.finalizers ?? []).includes(requestFinalizer(one)));
  const purpose = listAt(cluster, "spec", "purposes").find((one) => typeof one === "string");
  return request === undefined || purpose === undefined ? undefined : context.clusterFor(purpose, request);
}
