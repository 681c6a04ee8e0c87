import type { Obj } from "../object.ts";
import { textAt, valueAt } from "../value-at.ts";
import type { Remediation } from "./next-action.ts";
import type { StatusDraft } from "./status-draft.ts";

/** How a HelmRelease wants failures of one kind of action to be remedied, and how many there were. */
export function remediationOf(draft: StatusDraft, action: "install" | "upgrade"): Remediation {
  const { object } = draft;
  const retries = valueAt(object, "spec", action, "remediation", "retries");
  const last = valueAt(object, "spec", action, "remediation", "remediateLastFailure");
  const count = typeof retries === "number" ? retries : 0;
  const failures = draft.field(`${action}Failures`);
  return {
    strategy: strategyOf(object, action),
    retries: count,
    // The last failed upgrade is remedied by default, but only when retries were asked for.
    remediateLastFailure: typeof last === "boolean" ? last : action === "upgrade" && count > 0,
    failures: typeof failures === "number" ? failures : 0,
  };
}

/** The remediation of the action that was tried last. */
export function activeRemediation(draft: StatusDraft): Remediation | undefined {
  const last = draft.field("lastAttemptedReleaseAction");
  return last === "install" || last === "upgrade" ? remediationOf(draft, last) : undefined;
}

function strategyOf(object: Obj, action: "install" | "upgrade"): "rollback" | "uninstall" {
  if (action === "install") {
    return "uninstall";
  }
  return textAt(object, "spec", "upgrade", "remediation", "strategy") === "uninstall" ? "uninstall" : "rollback";
}
