import type { ActionResult, HelmActions, ReleasePlan } from "./helm-actions.ts";
import { formatGoDuration } from "./go-duration.ts";
import { type Action, isExhausted, nextAction, type ReleaseState } from "./next-action.ts";
import { observe, previousSuccess, remember, type Snapshot, truncate } from "./release-history.ts";
import { digestOf, fullNameOf, type ReleaseRecord } from "./release-record.ts";
import { activeRemediation, remediationOf } from "./remediation.ts";
import { inventoryOf } from "./inventory.ts";
import { currentHistory, summarize } from "./release-summary.ts";
import type { StatusDraft } from "./status-draft.ts";
import type { FluxTimings } from "./timings.ts";
import type { SimClock } from "../clock.ts";
import { errorText } from "../stand-in/error-text.ts";

/** One attempt to bring a release to what its HelmRelease wants. */
export type ReleaseRun = {
  readonly draft: StatusDraft;
  readonly plan: ReleasePlan;
  readonly actions: HelmActions;
  readonly ociDigest: string;
  readonly forced: boolean;
  readonly clock: SimClock;
  readonly timings: FluxTimings;
};

/** How an attempt ended: in sync, given up until something changes, to be repeated now or with growing delay. */
export type RunEnd = "in-sync" | "stalled" | "again" | "retry";

/** Runs Helm actions until the release is in sync, one attempt and its remediation at most. */
export async function runRelease(run: ReleaseRun): Promise<RunEnd> {
  const ran = new Set<string>();
  let forced = run.forced;
  for (;;) {
    const state = await determineState(run);
    if (typeof state !== "string") {
      run.draft.mark("Ready", "False", "StateError", `Could not determine release state: ${state.error}`);
      return "retry";
    }
    const decision = decide(run, state, forced);
    switch (decision.do) {
      case "done":
        finishInSync(run.draft);
        return "in-sync";
      case "stall":
        stall(run.draft, decision.reason);
        return "stalled";
      case "run": {
        const type = isRemedy(decision.action) ? "remedy" : "release";
        if (ran.has(type)) {
          return announceRetry(run.draft);
        }
        ran.add(type);
        forced = false;
        const end = await runAction(run, decision.action);
        if (end !== undefined) {
          return end;
        }
      }
    }
  }
}

function decide({ draft }: ReleaseRun, state: ReleaseState, forced: boolean): ReturnType<typeof nextAction> {
  return nextAction({
    state,
    forced,
    history: currentHistory(draft),
    install: remediationOf(draft, "install"),
    upgrade: remediationOf(draft, "upgrade"),
    active: activeRemediation(draft),
  });
}

async function determineState({
  draft,
  plan,
  actions,
}: ReleaseRun): Promise<ReleaseState | { readonly error: string }> {
  let last: ReleaseRecord | undefined;
  try {
    [last] = await actions.storage.list();
  } catch (error) {
    return {
      error: `failed to retrieve last release from storage: query: failed to query with labels: ${errorText(error)}`,
    };
  }
  if (last === undefined || last.status === "uninstalling") {
    return "absent";
  }
  const [seen] = currentHistory(draft);
  if (seen?.digest !== digestOf(last)) {
    return "unmanaged";
  }
  if (last.status === "failed") {
    return "failed";
  }
  const same = last.chart.version === plan.chartVersion && digestOf(last.config) === digestOf(plan.values);
  return same ? "in-sync" : "out-of-sync";
}

function finishInSync(draft: StatusDraft): void {
  draft.set({ history: truncate(currentHistory(draft)) });
  const remediated = draft.condition("Remediated");
  const [latest] = currentHistory(draft);
  // A rollback can end at exactly what is wanted now: then nothing is left to be done.
  if (remediated?.status === "True" && latest !== undefined) {
    draft.drop("Remediated");
    draft.mark("Released", "True", "UpgradeSucceeded", `Helm upgrade succeeded for release ${fullVersionOf(latest)}`);
  }
  draft.drop("Reconciling");
  summarize(draft);
}

function fullVersionOf(snapshot: Snapshot): string {
  return `${fullNameOf(snapshot)} with chart ${snapshot.chartName}@${snapshot.chartVersion}`;
}

function stall(draft: StatusDraft, reason: "RetriesExceeded" | "MissingRollbackTarget"): void {
  draft.drop("Reconciling");
  const attempts = String(activeRemediation(draft)?.failures ?? 0);
  const message =
    reason === "RetriesExceeded"
      ? `Failed to ${String(draft.field("lastAttemptedReleaseAction"))} after ${attempts} attempt(s)`
      : "Failed to perform remediation: missing target release for rollback: cannot remediate failed release";
  draft.mark("Stalled", "True", reason, message);
}

function announceRetry(draft: StatusDraft): RunEnd {
  draft.mark("Reconciling", "True", "ProgressingWithRetry", draft.condition("Ready")?.message ?? "");
  return "again";
}

function isRemedy(action: Action): boolean {
  return action === "rollback" || action === "uninstall";
}

async function runAction(run: ReleaseRun, action: Action): Promise<RunEnd | undefined> {
  const { draft, plan } = run;
  const message = `Running '${action}' action with timeout of ${formatGoDuration(plan.timeoutMs)}`;
  draft.mark("Reconciling", "True", "Progressing", message);
  if (isRemedy(action)) {
    draft.set({ history: truncate(currentHistory(draft)) });
    await draft.save();
    return remedy(run, action);
  }
  draft.mark("Ready", "Unknown", "Progressing", message);
  await draft.save();
  const startedAt = run.clock.now();
  const result = await (action === "install" ? run.actions.install() : run.actions.upgrade());
  const duration = formatGoDuration(run.clock.now() - startedAt);
  draft.set({ lastAttemptedReleaseAction: action, lastAttemptedReleaseActionDuration: duration });
  concludeRelease(run, action === "install" ? "install" : "upgrade", result);
  // Without a stored release there is nothing to remedy.
  if (result.record === undefined) {
    return "retry";
  }
  await draft.save();
  return undefined;
}

function concludeRelease(run: ReleaseRun, action: "install" | "upgrade", result: ActionResult): void {
  const { draft, plan, ociDigest } = run;
  const { record, failure } = result;
  const word = action === "install" ? "Install" : "Upgrade";
  if (record !== undefined) {
    const earlier = action === "install" ? [] : lookedAt(currentHistory(draft), result.replaced);
    draft.set({
      history: remember(earlier, observe(record, { action, ociDigest })),
      inventory: inventoryOf(record.objects),
    });
  }
  draft.drop("Remediated");
  const chart = `${plan.chart.name}@${plan.chartVersion}`;
  if (failure === undefined && record !== undefined) {
    const release = fullNameOf(record);
    draft.mark(
      "Released",
      "True",
      `${word}Succeeded`,
      `Helm ${action} succeeded for release ${release} with chart ${chart}`,
    );
  } else {
    const release = `${plan.namespace}/${plan.name}`;
    const message = `Helm ${action} failed for release ${release} with chart ${chart}: ${failure ?? ""}`;
    draft.mark("Released", "False", `${word}Failed`, message);
    count(draft, ["failures", ...(record === undefined ? [] : [`${action}Failures`])]);
  }
  summarize(draft);
}

/** An upgrade looks at the version before it again, which is how that one loses the action it came from. */
function lookedAt(history: readonly Snapshot[], replaced: readonly ReleaseRecord[]): readonly Snapshot[] {
  const [latest] = history;
  if (latest === undefined) {
    return history;
  }
  const { action: _, ...seen } = latest;
  const before = remember(history, seen as Snapshot);
  return replaced.reduce((all, record) => remember(all, reobserve(all, record, {})), before);
}

function reobserve(history: readonly Snapshot[], record: ReleaseRecord, seen: { readonly action?: string }): Snapshot {
  const ociDigest = history.find(({ version }) => version === record.version)?.ociDigest;
  return observe(record, { ...seen, ...(ociDigest !== undefined && { ociDigest }) });
}

function count(draft: StatusDraft, names: readonly string[]): void {
  for (const name of names) {
    const before = draft.field(name);
    draft.set({ [name]: (typeof before === "number" ? before : 0) + 1 });
  }
}

async function remedy(run: ReleaseRun, action: Action): Promise<RunEnd> {
  const { draft } = run;
  if (action === "rollback") {
    await rollBack(run);
  } else {
    await uninstallFailed(run);
  }
  const active = activeRemediation(draft);
  if (active !== undefined && isExhausted(active)) {
    stall(draft, "RetriesExceeded");
    return "stalled";
  }
  return announceRetry(draft);
}

async function rollBack({ draft, actions }: ReleaseRun): Promise<void> {
  const history = currentHistory(draft);
  const goal = previousSuccess(history);
  if (goal === undefined) {
    return;
  }
  const { record, replaced, failure } = await actions.rollback(goal.version);
  const release = `${fullNameOf(goal)} with chart ${goal.chartName}@${goal.chartVersion}`;
  const seen = replaced.reduce((all, one) => remember(all, reobserve(all, one, { action: "rollback" })), history);
  if (record !== undefined) {
    draft.set({ history: remember(seen, observe(record, { action: "rollback" })) });
  }
  const outcome = failure === undefined ? "succeeded" : `failed: ${failure}`;
  const message = `Helm rollback to previous release ${release} ${outcome}`;
  const [status, reason] =
    failure === undefined ? (["True", "RollbackSucceeded"] as const) : (["False", "RollbackFailed"] as const);
  draft.mark("Remediated", status, reason, message);
  summarize(draft);
}

async function uninstallFailed({ draft, actions, timings }: ReleaseRun): Promise<void> {
  const { record, failure } = await actions.uninstall(timings.remediationMs);
  const [latest] = currentHistory(draft);
  const release = latest === undefined ? "" : fullVersionOf(latest);
  if (record !== undefined && latest?.ociDigest !== undefined) {
    const seen = observe(record, { action: "uninstall-remediation", ociDigest: latest.ociDigest });
    draft.set({ history: remember(currentHistory(draft), seen) });
  }
  const outcome = failure === undefined ? "succeeded" : `failed: ${failure}`;
  const [status, reason] =
    failure === undefined ? (["True", "UninstallSucceeded"] as const) : (["False", "UninstallFailed"] as const);
  draft.mark("Remediated", status, reason, `Helm uninstall remediation for release ${release} ${outcome}`);
}
