import type { Outcome } from "../../openmcp/service/status.ts";
import type { RemovalStep } from "./removal-step.ts";
import { plainMessage } from "../plain-message.ts";
import { REMOVAL_FAILURES } from "../reasons.ts";
import type { ReportOf } from "../report.ts";
import type { ResourceStatus } from "../resource-statuses.ts";

/** Says how far a removal is after one of its steps. Pure. */
export function concludeStep(
  step: RemovalStep,
  now: { readonly resources: readonly ResourceStatus[]; readonly recheckAfterMs: number },
): Outcome {
  const report = reportRemoval(step);
  return {
    reports: [report],
    summary: report.message,
    details: { resources: now.resources },
    retry: report.reason === "ClusterUnreachable" ? "backoff" : { afterMs: now.recheckAfterMs },
  };
}

function reportRemoval(step: RemovalStep): ReportOf<"Removed"> {
  const type = "Removed";
  if (step.do !== "wait") {
    return { type, state: "waiting", reason: "Removing", message: "the installation is being removed" };
  }
  const state = REMOVAL_FAILURES.includes(step.reason) ? "failed" : "waiting";
  return { type, state, reason: step.reason, message: plainMessage(step.message) };
}
