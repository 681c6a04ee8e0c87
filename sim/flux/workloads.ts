import { refOf, type SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { Obj } from "../object.ts";
import { kubeTime } from "../stand-in/kube-time.ts";
import { valueAt } from "../value-at.ts";

/** Gives every Deployment the status of one whose pods run: nobody runs pods in the simulation. */
export async function playWorkloads(client: SimClient, clock: SimClock, objects: readonly Obj[]): Promise<void> {
  for (const object of objects.filter(({ kind }) => kind === "Deployment")) {
    const live = await client.find(refOf(object));
    if (live !== undefined) {
      await client.patchMerge(refOf(object), { status: runningStatus(live, clock.now()) }, { subresource: "status" });
    }
  }
}

function runningStatus(deployment: Obj, nowMs: number): object {
  const replicas = valueAt(deployment, "spec", "replicas") ?? 1;
  const time = kubeTime(nowMs);
  const condition = { status: "True", lastTransitionTime: time, lastUpdateTime: time };
  return {
    observedGeneration: deployment.metadata.generation,
    replicas,
    updatedReplicas: replicas,
    readyReplicas: replicas,
    availableReplicas: replicas,
    conditions: [
      {
        ...condition,
        type: "Available",
        reason: "MinimumReplicasAvailable",
        message: "Deployment has minimum availability.",
      },
      {
        ...condition,
        type: "Progressing",
        reason: "NewReplicaSetAvailable",
        message: "ReplicaSet has successfully progressed.",
      },
    ],
  };
}
