import { findCondition, isConditionTrue } from "../../condition.ts";
import { refOf, type SimClient } from "../../client.ts";
import type { SimClock } from "../../clock.ts";
import type { Obj } from "../../object.ts";
import type { Next } from "../../stand-in/control-loop.ts";
import { addFinalizer, removeFinalizer } from "../../stand-in/finalizer.ts";
import { kubeTime } from "../../stand-in/kube-time.ts";
import { refFromKey } from "../../stand-in/ref.ts";
import { remove } from "../../stand-in/remove.ts";
import { textAt, valueAt } from "../../value-at.ts";
import { serviceProviderType } from "../kinds.ts";
import { GENERATION_ANNOTATION, objectsFor } from "./service-provider-objects.ts";

/** What the stand-in for openmcp-operator works with. */
export type OperatorContext = {
  readonly platform: SimClient;
  readonly clock: SimClock;
  /** Numbers in [0, 1); decides names of pods. */
  readonly random: () => number;
  /** Name of the node on which pods run. */
  readonly nodeName: string;
};

type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
};

const FINALIZER = "openmcp.cloud/finalizer";
const MANAGER = { fieldManager: "openmcp-operator", force: true } as const;

/** Reconciles one ServiceProvider as openmcp-operator does: its init Job to the end, then its Deployment. */
export async function reconcileServiceProvider(context: OperatorContext, key: string): Promise<Next> {
  const { platform } = context;
  const provider = await platform.find(refFromKey(serviceProviderType, key));
  if (provider === undefined || provider.metadata.annotations?.["openmcp.cloud/operation"] === "ignore") {
    return "settled";
  }
  if (provider.metadata.deletionTimestamp !== undefined) {
    await uninstall(platform, provider);
    return "settled";
  }
  await addFinalizer(platform, provider, FINALIZER);
  const isInitialized = await initialize(platform, provider);
  const ready = isInitialized ? await install(platform, provider) : PENDING;
  const conditions = [isInitialized ? INITIALIZED : INITIALIZING, ready];
  await writeStatus(context, provider, { conditions, ...(isInitialized && metricsOf(provider)) });
  return "settled";
}

async function uninstall(platform: SimClient, provider: Obj): Promise<void> {
  const { deployment, access, initJob, initAccess } = objectsFor(provider);
  for (const object of [deployment, ...access, initJob, ...initAccess]) {
    await remove(platform, refOf(object));
  }
  await removeFinalizer(platform, provider, FINALIZER);
}

async function initialize(platform: SimClient, provider: Obj): Promise<boolean> {
  const { initAccess, initJob } = objectsFor(provider);
  const job = await platform.find(refOf(initJob));
  if (job !== undefined && isOfGeneration(job, provider) && !isConditionTrue(job, "Failed")) {
    return valueAt(job, "status", "succeeded") === 1;
  }
  if (job !== undefined) {
    await platform.delete(refOf(job), { propagationPolicy: "Background" });
  }
  for (const object of initAccess) {
    await platform.apply(object, MANAGER);
  }
  await platform.create(initJob);
  return false;
}

function isOfGeneration(job: Obj, provider: Obj): boolean {
  return job.metadata.annotations?.[GENERATION_ANNOTATION] === String(provider.metadata.generation);
}

async function install(platform: SimClient, provider: Obj): Promise<Condition> {
  const { access, deployment, metrics } = objectsFor(provider);
  for (const object of [...access, ...(metrics === undefined ? [] : [metrics])]) {
    await platform.apply(object, MANAGER);
  }
  const live = await platform.apply(deployment, MANAGER);
  return isAvailable(live) ? READY : notReady(live);
}

function isAvailable(deployment: Obj): boolean {
  const replicas = valueAt(deployment, "spec", "replicas");
  const counts = ["replicas", "updatedReplicas", "availableReplicas"].map((name) =>
    valueAt(deployment, "status", name),
  );
  const isObserved = valueAt(deployment, "status", "observedGeneration") === deployment.metadata.generation;
  return isObserved && counts.every((count) => count === replicas);
}

function notReady({ metadata: { name, namespace } }: Obj): Condition {
  const message = `Waiting for provider to become ready: deployment ${namespace ?? ""}/${name} is not ready`;
  return { type: "Ready", status: "False", reason: "ProviderNotReady", message };
}

const INITIALIZING: Condition = {
  type: "Initialized",
  status: "False",
  reason: "InitRunning",
  message: "Initialization is running",
};
const INITIALIZED: Condition = {
  type: "Initialized",
  status: "True",
  reason: "InitCompleted",
  message: "Initialization has been completed",
};
const PENDING: Condition = { type: "Ready", status: "Unknown", reason: "ProviderInstallationPending", message: "" };
const READY: Condition = { type: "Ready", status: "True", reason: "ProviderReady", message: "Provider is ready" };

function metricsOf(provider: Obj): { readonly metrics?: object } {
  const { metadata } = objectsFor(provider).metrics ?? {};
  return metadata === undefined
    ? {}
    : { metrics: { serviceRef: { name: metadata.name, namespace: metadata.namespace } } };
}

// `status.resources` is the provider's own.
async function writeStatus(
  { platform, clock }: OperatorContext,
  provider: Obj,
  { conditions, metrics = null }: { readonly conditions: readonly Condition[]; readonly metrics?: object | null },
): Promise<void> {
  const observedGeneration = provider.metadata.generation;
  const stamped = conditions.map((condition) => {
    const same = findCondition(provider, condition.type, condition.status);
    const lastTransitionTime = textAt(same, "lastTransitionTime") || kubeTime(clock.now());
    return { ...condition, observedGeneration, lastTransitionTime };
  });
  const phase = conditions.every(({ status }) => status === "True") ? "Ready" : "Progressing";
  await platform.status(refOf(provider), { phase, observedGeneration, metrics, conditions: stamped });
}
