import { createHash } from "node:crypto";

import { findCondition, isConditionTrue } from "../../condition.ts";
import { refOf, type SimClient } from "../../client.ts";
import { writeJson } from "../../json.ts";
import type { Obj } from "../../object.ts";
import type { Next } from "../../stand-in/control-loop.ts";
import { kubeTime } from "../../stand-in/kube-time.ts";
import { refFromKey } from "../../stand-in/ref.ts";
import { remove } from "../../stand-in/remove.ts";
import { listAt, objectAt, textAt, valueAt } from "../../value-at.ts";
import type { OperatorContext } from "./service-provider.ts";
import { ownedBy } from "./service-provider-objects.ts";

/** Kinds whose pods are made here, as kube-controller-manager and the scheduler make them on a real platform. */
export const jobType = { apiVersion: "batch/v1", kind: "Job" } as const;
export const deploymentType = { apiVersion: "apps/v1", kind: "Deployment" } as const;
export const podType = { apiVersion: "v1", kind: "Pod" } as const;

const HASH_LABEL = "pod-template-hash";
const HASH_LENGTH = 10;
const NAME_LETTERS = "bcdfghjklmnpqrstvwxz2456789";
const NAME_LENGTH = 5;
const RETRY_JOB_AFTER_MS = 10_000;
const DEFAULT_BACKOFF_LIMIT = 6;
const SURGE = 1;

/** Runs the pods of a Job, one after the other, until one succeeds or too many have failed. */
export async function reconcileJob(context: OperatorContext, key: string): Promise<Next> {
  const { platform, clock } = context;
  const job = await platform.find(refFromKey(jobType, key));
  if (job === undefined || job.metadata.deletionTimestamp !== undefined || isOver(job)) {
    return "settled";
  }
  const pods = await podsOf(platform, job);
  const next = nextOfJob(job, pods, clock.now());
  if (typeof next === "object") {
    return next;
  }
  if (next === "start a pod") {
    await platform.create(podOf(context, job, {}));
  }
  await platform.status(refOf(job), jobStatus(job, { pods, next, nowMs: clock.now() }));
  return "settled";
}

type NextOfJob = "complete" | "fail" | "start a pod" | "wait" | { readonly afterMs: number };

/** Decides what a Job needs next: pods that fail are started again later and later, up to its limit. */
export function nextOfJob(job: Obj, pods: readonly Obj[], nowMs: number): NextOfJob {
  const failed = pods.filter((pod) => phaseOf(pod) === "Failed");
  if (pods.some((pod) => phaseOf(pod) === "Succeeded")) {
    return "complete";
  }
  if (failed.length > Number(valueAt(job, "spec", "backoffLimit") ?? DEFAULT_BACKOFF_LIMIT)) {
    return "fail";
  }
  if (pods.length > failed.length) {
    return "wait";
  }
  const retryAtMs = Math.max(0, ...failed.map(endedAtMs)) + RETRY_JOB_AFTER_MS * 2 ** (failed.length - 1);
  return failed.length === 0 || retryAtMs <= nowMs ? "start a pod" : { afterMs: retryAtMs - nowMs };
}

type JobNews = { readonly pods: readonly Obj[]; readonly next: NextOfJob; readonly nowMs: number };

function jobStatus(job: Obj, { pods, next, nowMs }: JobNews): object {
  const now = kubeTime(nowMs);
  const failed = pods.filter((pod) => phaseOf(pod) === "Failed").length;
  const status = { startTime: textAt(job, "status", "startTime") || now, failed };
  switch (next) {
    case "complete": {
      const conditions = [condition("SuccessCriteriaMet", now, "CompletionsReached"), condition("Complete", now)];
      return { ...status, active: 0, succeeded: 1, completionTime: now, conditions };
    }
    case "fail":
      return { ...status, active: 0, conditions: [condition("Failed", now, "BackoffLimitExceeded")] };
    default:
      return { ...status, active: 1 };
  }
}

function isOver(job: Obj): boolean {
  return listAt(job, "status", "conditions").some((one) => ["Complete", "Failed"].includes(textAt(one, "type")));
}

function endedAtMs(pod: Obj): number {
  const [container] = listAt(pod, "status", "containerStatuses");
  return Date.parse(textAt(container, "state", "terminated", "finishedAt")) || 0;
}

/** Keeps as many pods as a Deployment wants; pods of another template go one by one, as new ones become ready. */
export async function reconcileDeployment(context: OperatorContext, key: string): Promise<Next> {
  const { platform } = context;
  const deployment = await platform.find(refFromKey(deploymentType, key));
  if (deployment === undefined || deployment.metadata.deletionTimestamp !== undefined) {
    return "settled";
  }
  const hash = hashOf(deployment);
  const replicas = Number(valueAt(deployment, "spec", "replicas") ?? 1);
  const pods = (await podsOf(platform, deployment)).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const [updated, old] = [pods.filter((pod) => isOfHash(pod, hash)), pods.filter((pod) => !isOfHash(pod, hash))];
  const missing = Math.min(replicas - updated.length, replicas + (old.length > 0 ? SURGE : 0) - pods.length);
  for (let made = 0; made < missing; made += 1) {
    await platform.create(podOf(context, deployment, { [HASH_LABEL]: hash }));
  }
  const doomed = [...old, ...updated.toReversed()].slice(0, Math.max(0, old.length + readyOf(updated) - replicas));
  for (const pod of doomed) {
    await remove(platform, refOf(pod));
  }
  await writeDeploymentStatus(context, deployment, { pods, updated, replicas });
  return "settled";
}

function isOfHash({ metadata }: Obj, hash: string): boolean {
  return metadata.labels?.[HASH_LABEL] === hash;
}

function hashOf(deployment: Obj): string {
  const template = writeJson(valueAt(deployment, "spec", "template"));
  return createHash("sha256").update(template).digest("hex").slice(0, HASH_LENGTH);
}

type Pods = { readonly pods: readonly Obj[]; readonly updated: readonly Obj[]; readonly replicas: number };

async function writeDeploymentStatus(
  { platform, clock }: OperatorContext,
  deployment: Obj,
  { pods, updated, replicas }: Pods,
): Promise<void> {
  const ready = readyOf(pods);
  const isAvailable = ready >= replicas;
  const before = findCondition(deployment, "Available");
  const wasAvailable = textAt(before, "status") === "True";
  const since = textAt(before, "lastTransitionTime");
  const lastTransitionTime = since !== "" && wasAvailable === isAvailable ? since : kubeTime(clock.now());
  await platform.status(refOf(deployment), {
    observedGeneration: deployment.metadata.generation,
    replicas: pods.length,
    updatedReplicas: updated.length,
    readyReplicas: ready,
    availableReplicas: ready,
    unavailableReplicas: Math.max(0, replicas - ready),
    conditions: [
      {
        type: "Available",
        status: isAvailable ? "True" : "False",
        reason: isAvailable ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
        message: `Deployment ${isAvailable ? "has" : "does not have"} minimum availability.`,
        lastTransitionTime,
        lastUpdateTime: lastTransitionTime,
      },
    ],
  });
}

function readyOf(pods: readonly Obj[]): number {
  return pods.filter((pod) => isConditionTrue(pod, "Ready")).length;
}

async function podsOf(platform: SimClient, { metadata: { namespace, uid } }: Obj): Promise<readonly Obj[]> {
  const pods = await platform.list({ ...podType, namespace });
  return pods.filter(({ metadata }) => (metadata.ownerReferences ?? []).some((owner) => owner.uid === uid));
}

function podOf({ random, nodeName }: OperatorContext, owner: Obj, labels: Readonly<Record<string, string>>): Obj {
  const template = objectAt(owner, "spec", "template");
  const ofTemplate = objectAt(template, "metadata", "labels");
  const letters = Array.from(
    { length: NAME_LENGTH },
    () => NAME_LETTERS[Math.floor(random() * NAME_LETTERS.length)] ?? "x",
  );
  const name = [owner.metadata.name, ...Object.values(labels), letters.join("")].join("-");
  return {
    ...podType,
    metadata: {
      name,
      namespace: owner.metadata.namespace ?? "",
      labels: { ...(ofTemplate as Record<string, string>), ...labels },
      ownerReferences: [ownedBy(owner)],
    },
    spec: { ...objectAt(template, "spec"), nodeName },
  };
}

function phaseOf(pod: Obj): string {
  return textAt(pod, "status", "phase");
}

function condition(type: string, lastTransitionTime: string, reason?: string): object {
  return { type, status: "True", lastTransitionTime, ...(reason !== undefined && { reason }) };
}
