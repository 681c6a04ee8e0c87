import type { SimClock } from "../clock.ts";
import type { HelmActions } from "./helm-actions.ts";
import type { ReleasePlan } from "./release-plan.ts";
import { activeRemediation } from "./remediation.ts";
import type { StatusDraft } from "./status-draft.ts";
import type { FluxTimings } from "./timings.ts";

/** One attempt to bring a release to what its HelmRelease wants. */
export type ReleaseAttempt = {
  readonly draft: StatusDraft;
  readonly plan: ReleasePlan;
  readonly actions: HelmActions;
  readonly ociDigest: string;
  readonly forced: boolean;
  readonly clock: SimClock;
  readonly timings: FluxTimings;
};

/** How an attempt ended: in sync, given up until something changes, to be repeated now or with growing delay. */
export type AttemptEnd = "in-sync" | "stalled" | "again" | "retry";

/** Gives up until spec, values, chart or a request change something. */
export function stall(draft: StatusDraft, reason: "RetriesExceeded" | "MissingRollbackTarget"): void {
  draft.drop("Reconciling");
  const attempts = String(activeRemediation(draft)?.failures ?? 0);
  const message =
    reason === "RetriesExceeded"
      ? `Failed to ${String(draft.field("lastAttemptedReleaseAction"))} after ${attempts} attempt(s)`
      : "Failed to perform remediation: missing target release for rollback: cannot remediate failed release";
  draft.mark("Stalled", "True", reason, message);
}

/** Leaves the next attempt to the next reconcile. */
export function announceRetry(draft: StatusDraft): AttemptEnd {
  draft.mark("Reconciling", "True", "ProgressingWithRetry", draft.condition("Ready")?.message ?? "");
  return "again";
}
