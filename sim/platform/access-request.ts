import { refOf } from "../client.ts";
import type { Obj } from "../object.ts";
import type { Next } from "../stand-in/control-loop.ts";
import { addFinalizer, removeFinalizer } from "../stand-in/finalizer.ts";
import { refFromKey } from "../stand-in/ref.ts";
import { textAt, valueAt } from "../value-at.ts";
import { grantRights, withdrawRights } from "./access-rights.ts";
import { kubeconfigSecret, renewInMs, secretNameFor } from "./access-secret.ts";
import { endpointOf, LOCAL } from "./cluster.ts";
import { accessRequestType, clusterRequestType, clusterType } from "./kinds.ts";
import type { ClusterEndpoint, PlatformContext } from "./platform-context.ts";
import { issueToken } from "./access-token.ts";

/** Label by which an AccessRequest is given to a cluster provider. */
export const PROVIDER_LABEL = "clusters.openmcp.cloud/provider";

const ACCESS_FINALIZER = "local.clusters.example.com/access";

/** Reconciles one AccessRequest as operator and cluster provider do together. */
export async function reconcileAccessRequest(context: PlatformContext, key: string): Promise<Next> {
  const { platform } = context;
  const found = await platform.find(refFromKey(accessRequestType, key));
  if (found === undefined) {
    return "settled";
  }
  if (found.metadata.deletionTimestamp !== undefined) {
    await withdraw(context, found);
    return "settled";
  }
  const request = await assign(context, found);
  const endpoint = request === undefined ? undefined : await clusterOf(context, request);
  // Granted requests and ready clusters wake this one up again.
  if (request === undefined || endpoint === undefined) {
    return "settled";
  }
  const isCurrent = valueAt(request, "status", "observedGeneration") === request.metadata.generation;
  const phase = textAt(request, "status", "phase");
  if (isCurrent && phase === "Granted") {
    return keepFresh(context, request, endpoint);
  }
  return isCurrent && phase === "Denied" ? "settled" : answer(context, request, endpoint);
}

/** Fills in which cluster is meant and who provides it, as soon as the cluster is known. */
async function assign({ platform, endCluster }: PlatformContext, request: Obj): Promise<Obj | undefined> {
  if (endCluster !== undefined) {
    return request.metadata.labels?.[PROVIDER_LABEL] === LOCAL ? request : undefined;
  }
  if (valueAt(request, "spec", "clusterRef") !== undefined) {
    return request;
  }
  const name = textAt(request, "spec", "requestRef", "name");
  const namespace = textAt(request, "spec", "requestRef", "namespace");
  const clusterRequest = await platform.find({ ...clusterRequestType, namespace, name });
  if (textAt(clusterRequest, "status", "phase") !== "Granted") {
    return undefined;
  }
  const clusterRef = valueAt(clusterRequest, "status", "cluster");
  const labels = { [PROVIDER_LABEL]: LOCAL, "clusters.openmcp.cloud/profile": LOCAL };
  return platform.patchMerge(refOf(request), { metadata: { labels }, spec: { clusterRef } });
}

async function clusterOf(context: PlatformContext, request: Obj): Promise<ClusterEndpoint | undefined> {
  const name = textAt(request, "spec", "clusterRef", "name");
  const namespace = textAt(request, "spec", "clusterRef", "namespace");
  const cluster = await context.platform.find({ ...clusterType, namespace, name });
  const isReady = textAt(cluster, "status", "phase") === "Ready";
  return cluster === undefined || !isReady ? undefined : endpointOf(context, cluster);
}

async function answer(context: PlatformContext, request: Obj, endpoint: ClusterEndpoint): Promise<Next> {
  const { platform, clock } = context;
  const observedGeneration = request.metadata.generation;
  await addFinalizer(platform, request, ACCESS_FINALIZER);
  await platform.status(refOf(request), { phase: "Pending", observedGeneration });
  await clock.sleep(context.delayMs);
  const decision = await context.decide(request);
  if (decision === "hold") {
    return "settled";
  }
  if (decision === "deny") {
    await platform.status(refOf(request), { phase: "Denied", observedGeneration });
    return "settled";
  }
  await grantRights(endpoint.client, request);
  const renewMs = await writeSecret(context, request, endpoint);
  const secretRef = { name: secretNameFor(request) };
  await platform.status(refOf(request), { phase: "Granted", observedGeneration, conditions: [], secretRef });
  return { afterMs: renewMs };
}

async function keepFresh(context: PlatformContext, request: Obj, endpoint: ClusterEndpoint): Promise<Next> {
  const namespace = request.metadata.namespace ?? "";
  const ref = { apiVersion: "v1", kind: "Secret", namespace, name: secretNameFor(request) };
  const secret = await context.platform.find(ref);
  const dueMs = secret === undefined ? 0 : renewInMs(secret, context);
  return { afterMs: dueMs > 0 ? dueMs : await writeSecret(context, request, endpoint) };
}

async function writeSecret(context: PlatformContext, request: Obj, endpoint: ClusterEndpoint): Promise<number> {
  const token = await issueToken(endpoint, request, context);
  const secret = kubeconfigSecret(request, endpoint, token);
  await context.platform.apply(secret, { fieldManager: "cluster-provider-stand-in", force: true });
  return renewInMs(secret, context);
}

async function withdraw(context: PlatformContext, request: Obj): Promise<void> {
  const endpoint = await clusterOf(context, request);
  if (endpoint !== undefined) {
    await withdrawRights(endpoint.client, request);
  }
  await removeFinalizer(context.platform, request, ACCESS_FINALIZER);
}
