import { errorText } from "../stand-in/error-text.ts";
import type { ReleasePlan } from "./release-plan.ts";
import { nextAction, type ReleaseState } from "./next-action.ts";
import { announceRetry, type AttemptEnd, type ReleaseAttempt, stall } from "./release-attempt.ts";
import { fullVersionOf, observe, remember, truncate } from "./release-history.ts";
import { digestOf, isPending, type ReleaseRecord } from "./release-record.ts";
import { currentHistory, summarize } from "./release-summary.ts";
import { activeRemediation, remediationOf } from "./remediation.ts";
import { isRemedy, runAction } from "./run-action.ts";
import type { StatusDraft } from "./status-draft.ts";

/** Runs Helm actions until the release is in sync, one attempt and its remediation at most. */
export async function runRelease(run: ReleaseAttempt): Promise<AttemptEnd> {
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
      case "unlock":
        await unlock(run);
        break;
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

async function unlock({ draft, actions }: ReleaseAttempt): Promise<void> {
  const record = await actions.unlock();
  const history = currentHistory(draft);
  const known = history.find(({ version }) => version === record?.version);
  if (record !== undefined && known !== undefined) {
    const { action, ociDigest } = known;
    const seen = { ...(action !== undefined && { action }), ...(ociDigest !== undefined && { ociDigest }) };
    draft.set({ history: remember(history, observe(record, seen)) });
  }
}

function decide({ draft }: ReleaseAttempt, state: ReleaseState, forced: boolean): ReturnType<typeof nextAction> {
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
}: ReleaseAttempt): Promise<ReleaseState | { readonly error: string }> {
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
  if (isPending(last)) {
    return "locked";
  }
  const [seen] = currentHistory(draft);
  if (seen?.digest !== digestOf(last)) {
    return "unmanaged";
  }
  if (last.status === "failed") {
    return "failed";
  }
  return isWanted(last, plan) ? "in-sync" : "out-of-sync";
}

function isWanted(last: ReleaseRecord, { chartVersion, values, postRenderers }: ReleasePlan): boolean {
  return (
    last.chart.version === chartVersion &&
    digestOf(last.config) === digestOf(values) &&
    last.postRenderers === (postRenderers.length > 0 ? digestOf(postRenderers) : undefined)
  );
}

function finishInSync(draft: StatusDraft): void {
  draft.set({ history: truncate(currentHistory(draft)) });
  const [latest] = currentHistory(draft);
  const action = latest === undefined ? undefined : failedAction(draft);
  // A rollback, or a spec that is taken back, can end at exactly what is wanted now: then nothing is left to be done.
  if (latest !== undefined && action !== undefined) {
    const reason = action === "install" ? "InstallSucceeded" : "UpgradeSucceeded";
    draft.drop("Remediated");
    draft.mark("Released", "True", reason, `Helm ${action} succeeded for release ${fullVersionOf(latest)}`);
  }
  draft.drop("Reconciling");
  summarize(draft);
}

/** The action whose failure the conditions still speak of. */
function failedAction(draft: StatusDraft): "install" | "upgrade" | undefined {
  if (draft.condition("Remediated")?.status === "True") {
    return "upgrade";
  }
  switch (draft.condition("Released")?.reason) {
    case "InstallFailed":
      return "install";
    case "UpgradeFailed":
      return "upgrade";
    default:
      return undefined;
  }
}
