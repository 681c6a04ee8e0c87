import type { Next } from "../stand-in/control-loop.ts";
import { refOf } from "../client.ts";
import type { Obj } from "../object.ts";
import { addFinalizer, removeFinalizer } from "../stand-in/finalizer.ts";
import { refFromKey } from "../stand-in/ref.ts";
import { remove } from "../stand-in/remove.ts";
import { textAt } from "../value-at.ts";
import { assignCluster, CLUSTER_FINALIZER, requestFinalizer } from "./cluster.ts";
import { clusterRequestType, clusterType } from "./kinds.ts";
import type { PlatformContext } from "./platform-context.ts";

const FINALIZER = "clusters.openmcp.cloud/request";

/** Reconciles one ClusterRequest as the platform's scheduler does. */
export async function reconcileClusterRequest(context: PlatformContext, key: string): Promise<Next> {
  const { platform, clock } = context;
  const request = await platform.find(refFromKey(clusterRequestType, key));
  if (request === undefined) {
    return "settled";
  }
  if (request.metadata.deletionTimestamp !== undefined) {
    await giveBack(context, request);
    return "settled";
  }
  await addFinalizer(platform, request, FINALIZER);
  if (textAt(request, "status", "phase") === "Granted") {
    return "settled";
  }
  await clock.sleep(context.delayMs);
  const decision = await context.decide(request);
  const observedGeneration = request.metadata.generation;
  if (decision === "deny") {
    await platform.status(refOf(request), { phase: "Denied", observedGeneration });
  } else if (decision === "grant") {
    const { name, namespace } = (await assignCluster(context, request)).metadata;
    await platform.status(refOf(request), { phase: "Granted", observedGeneration, cluster: { name, namespace } });
  }
  return "settled";
}

async function giveBack({ platform }: PlatformContext, request: Obj): Promise<void> {
  const name = textAt(request, "status", "cluster", "name");
  const namespace = textAt(request, "status", "cluster", "namespace");
  const cluster = name === "" ? undefined : await platform.find({ ...clusterType, namespace, name });
  if (cluster !== undefined) {
    await removeFinalizer(platform, cluster, requestFinalizer(request));
    // A cluster that was made for this request alone ends with it.
    if (textAt(cluster, "spec", "tenancy") === "Exclusive") {
      await remove(platform, refOf(cluster));
      await removeFinalizer(platform, cluster, CLUSTER_FINALIZER);
    }
  }
  await removeFinalizer(platform, request, FINALIZER);
}
