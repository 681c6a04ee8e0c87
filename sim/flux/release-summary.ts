import type { Snapshot } from "./release-history.ts";
import type { StatusDraft } from "./status-draft.ts";

/** `status.history` of a HelmRelease, newest first. */
export function currentHistory(draft: StatusDraft): readonly Snapshot[] {
  return (draft.field("history") ?? []) as readonly Snapshot[];
}

/** Lets Ready repeat what happened last: the remediation if there was one, otherwise the release itself. */
export function summarize(draft: StatusDraft): void {
  const remediated = draft.condition("Remediated");
  const released = draft.condition("Released");
  const current =
    remediated !== undefined && remediated.observedGeneration >= (released?.observedGeneration ?? 0)
      ? remediated
      : released;
  if (current === undefined) {
    return;
  }
  // Whatever had to be remedied is not what was asked for, however well the remedy worked.
  const status = current.type === "Remediated" ? "False" : current.status;
  if (status === "True") {
    draft.drop("Stalled");
  }
  draft.mark("Ready", status, current.reason, current.message);
}
