import type { SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { Next } from "../stand-in/control-loop.ts";
import { addFinalizer, removeFinalizer } from "../stand-in/finalizer.ts";
import { refFromKey } from "../stand-in/ref.ts";
import { valueAt } from "../value-at.ts";
import type { ChartRegistry } from "./chart-registry.ts";
import { findSource } from "./chart-source.ts";
import { parseGoDuration } from "./go-duration.ts";
import { HelmActions } from "./helm-actions.ts";
import { FLUX_FINALIZER, helmReleaseType, REQUESTED_AT } from "./kinds.ts";
import { buildPlan } from "./release-plan.ts";
import { digestOf } from "./release-record.ts";
import type { AttemptEnd } from "./release-attempt.ts";
import { runRelease } from "./release-run.ts";
import { endRelease } from "./release-end.ts";
import { StatusDraft } from "./status-draft.ts";
import { connectTarget } from "./target-cluster.ts";
import type { FluxTimings } from "./timings.ts";

/** What the helm-controller's stand-in works with. */
export type HelmContext = {
  readonly client: SimClient;
  /** Reaches the cluster that a kubeconfig (YAML) names. */
  readonly connect: (kubeconfig: string) => SimClient | Promise<SimClient>;
  readonly clock: SimClock;
  readonly registry: ChartRegistry;
  readonly disablesChartDigestTracking?: boolean | undefined;
  readonly timings: FluxTimings;
};

const FORCE_AT = "reconcile.fluxcd.io/forceAt";
const RESET_AT = "reconcile.fluxcd.io/resetAt";
const DEFAULT_INTERVAL_MS = 10 * 60_000;

/** Reconciles one HelmRelease in the steps of the helm-controller. */
export async function reconcileRelease(context: HelmContext, key: string): Promise<Next> {
  const object = await context.client.find(refFromKey(helmReleaseType, key));
  if (object === undefined) {
    return "settled";
  }
  const { client, clock, timings } = context;
  const draft = new StatusDraft(object, { client, clock, latencyMs: timings.latencyMs });
  if (object.metadata.deletionTimestamp !== undefined) {
    const ended = await endRelease(context, draft);
    if (!ended) {
      return "retry";
    }
    await removeFinalizer(client, object, FLUX_FINALIZER);
    return "settled";
  }
  if (!(object.metadata.finalizers ?? []).includes(FLUX_FINALIZER)) {
    await addFinalizer(client, object, FLUX_FINALIZER);
    return "retry";
  }
  if (valueAt(object, "spec", "suspend") === true) {
    await close(draft, { observed: true });
    return "settled";
  }
  return conclude(context, draft, await bringInSync(context, draft));
}

type End = AttemptEnd | "wait";

async function conclude({ clock, timings }: HelmContext, draft: StatusDraft, end: End): Promise<Next> {
  await close(draft, { observed: end === "in-sync" || end === "stalled" });
  switch (end) {
    case "in-sync":
      return { afterMs: parseGoDuration(valueAt(draft.object, "spec", "interval"), DEFAULT_INTERVAL_MS) };
    case "stalled":
      return "settled";
    case "wait":
      return { afterMs: timings.dependencyMs };
    case "retry":
      return "retry";
    case "again":
      await clock.sleep(timings.afterRemediationMs);
      return "retry";
  }
}

/** Writes the end of a reconcile. */
async function close(draft: StatusDraft, { observed }: { readonly observed: boolean }): Promise<void> {
  const requestedAt = draft.object.metadata.annotations?.[REQUESTED_AT];
  draft.set({
    ...(requestedAt !== undefined && { lastHandledReconcileAt: requestedAt }),
    ...(observed && { observedGeneration: draft.generation }),
  });
  await draft.save();
}

async function bringInSync(context: HelmContext, draft: StatusDraft): Promise<End> {
  const { client, clock, registry, timings } = context;
  draft.drop("Stalled");
  draft.mark("Reconciling", "True", "Progressing", "Fulfilling prerequisites");
  await draft.save();

  const source = await findSource(client, registry, draft.object);
  if ("reason" in source) {
    draft.mark("Ready", "False", source.reason, source.message);
    return source.reason === "SourceNotReady" ? "wait" : "retry";
  }
  const target = await connectTarget(context, draft.object);
  if ("reason" in target) {
    draft.mark("Ready", "False", target.reason, target.message);
    return "retry";
  }
  forgetObstacles(draft);

  const plan = buildPlan(draft.object, source.stored, context);
  const values = digestOf(plan.values);
  resetFailures(draft, { revision: plan.chartVersion, values });
  draft.set({
    storageNamespace: plan.namespace,
    lastAttemptedGeneration: draft.generation,
    lastAttemptedRevision: plan.chartVersion,
    lastAttemptedRevisionDigest: source.digest,
    lastAttemptedConfigDigest: values,
  });
  const actions = new HelmActions({ client: target.client, clock, timings }, plan);
  return runRelease({
    draft,
    plan,
    actions,
    ociDigest: source.digest,
    forced: takeToken(draft, FORCE_AT),
    clock,
    timings,
  });
}

/** What kept an earlier reconcile from starting does not any more. */
function forgetObstacles(draft: StatusDraft): void {
  const ready = draft.condition("Ready");
  if (ready !== undefined && ["ArtifactFailed", "RESTClientError", "SourceNotReady"].includes(ready.reason)) {
    draft.mark("Ready", "Unknown", "Progressing", "reconciliation in progress");
  }
}

function resetFailures(draft: StatusDraft, wanted: { readonly revision: string; readonly values: string }): void {
  const asked = takeToken(draft, RESET_AT);
  const changed =
    draft.field("lastAttemptedGeneration") !== draft.generation ||
    draft.field("lastAttemptedRevision") !== wanted.revision ||
    draft.field("lastAttemptedConfigDigest") !== wanted.values;
  if (asked || changed) {
    draft.set({ failures: undefined, installFailures: undefined, upgradeFailures: undefined });
  }
}

/** Whether an annotation asks for something that was not done yet; it counts as done from now on. */
function takeToken(draft: StatusDraft, annotation: string): boolean {
  const token = draft.object.metadata.annotations?.[annotation];
  const field = annotation === FORCE_AT ? "lastHandledForceAt" : "lastHandledResetAt";
  const asked = token !== undefined && token === draft.object.metadata.annotations?.[REQUESTED_AT];
  if (!asked || token === draft.field(field)) {
    return false;
  }
  draft.set({ [field]: token });
  return true;
}
