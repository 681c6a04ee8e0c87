import { formatGoDuration } from "./go-duration.ts";
import type { ActionResult } from "./helm-actions.ts";
import { type Action, isExhausted } from "./next-action.ts";
import { announceRetry, type AttemptEnd, type ReleaseAttempt, stall } from "./release-attempt.ts";
import { fullVersionOf, observe, previousSuccess, remember, type Snapshot, truncate } from "./release-history.ts";
import { fullNameOf, type ReleaseRecord } from "./release-record.ts";
import { currentHistory, summarize } from "./release-summary.ts";
import { activeRemediation } from "./remediation.ts";
import type { StatusDraft } from "./status-draft.ts";
import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";

/** Whether an action makes up for the failure of another one. */
export function isRemedy(action: Action): boolean {
  return action === "rollback" || action === "uninstall";
}

/** Runs one Helm action and reports it; an end is returned when nothing may follow in this attempt. */
export async function runAction(run: ReleaseAttempt, action: Action): Promise<AttemptEnd | undefined> {
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

function concludeRelease(run: ReleaseAttempt, action: "install" | "upgrade", result: ActionResult): void {
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
  const before = remember(history, seen);
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

async function remedy(run: ReleaseAttempt, action: Action): Promise<AttemptEnd> {
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

async function rollBack({ draft, actions }: ReleaseAttempt): Promise<void> {
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

async function uninstallFailed({ draft, actions, timings }: ReleaseAttempt): Promise<void> {
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

/** `status.inventory` of a HelmRelease: what a release consists of. */
function inventoryOf(objects: readonly Obj[]): JsonObject {
  const entries = objects.map(({ apiVersion, kind, metadata }) => {
    const [version = "", group = ""] = apiVersion.split("/").toReversed();
    return { id: `${metadata.namespace ?? ""}_${metadata.name}_${group}_${kind}`, v: version };
  });
  return { entries };
}
