import { installedVersion, isAtWork, readRelease, readSource, type Readiness } from "../flux/readiness.ts";
import { accessState, type TenantTarget } from "../openmcp/platform/tenant-access.ts";
import type { Outcome } from "../openmcp/service/status.ts";
import type { KubeconfigReview } from "../openmcp/platform/kubeconfig-secret.ts";
import { findCondition } from "../runtime/conditions.ts";
import type { OCM } from "./api/objects.ts";
import type { Refusals } from "./refusal.ts";
import { plainMessage } from "./plain-message.ts";
import type { Observed } from "./observed.ts";
import type { Hindrance, Plan } from "./plan.ts";
import type { ConditionType, ReasonOf } from "./reasons.ts";
import type { ReportOf } from "./report.ts";
import { resourceStatuses } from "./resource-statuses.ts";

/** Why there is no access. */
export type AccessRefusal = Hindrance<ReasonOf<"AccessReady">>;

/** What a pass knows at its end. */
export type Situation = {
  readonly ocm: OCM;
  readonly plan: Plan;
  readonly accessRefusal: AccessRefusal | undefined;
  readonly refusals: Refusals;
  /** Of the access that is granted, as far as it is known. */
  readonly kubeconfig: KubeconfigReview | undefined;
  /** Looked up after the last write. */
  readonly observed: Observed;
  /** The cluster on which the installation is. */
  readonly target: TenantTarget;
  /** Names of the Secrets beside the toolkit's pods. */
  readonly secretsOnTarget: readonly string[];
  /** Whether the settings name another one by now. */
  readonly isMoveWanted: boolean;
  readonly pollIntervalMs: number;
};

const GRANTED: Readonly<Record<TenantTarget, string>> = {
  mcp: "access to the control plane is granted",
  workload: "access to the workload cluster is granted",
};
const PLACES: Readonly<Record<TenantTarget, string>> = { mcp: "control plane", workload: "workload cluster" };
const UNVERIFIED =
  ", but nobody verifies the server: its kubeconfig says http:// or insecure-skip-tls-verify, so whoever stands on the way can read and change everything; ask the operator of the platform for one with https:// and certificate-authority-data";
const PENDING: Readonly<Record<TenantTarget, string>> = {
  mcp: "waiting for access to the control plane to be granted",
  workload: "waiting for the workload cluster, and for access to it to be granted",
};
const STAYS =
  "; the installation stays there, though targetCluster of the ProviderConfig names another one: delete and create the OCM object to move it";

/** Says how far an installation is. Pure: the same situation, the same status. */
export function summarize(situation: Situation): Outcome {
  const { ocm, plan, observed } = situation;
  const reports = [reportAccess(situation), reportChart(situation), reportRelease(situation)];
  const installed = installedVersion(observed.release);
  return {
    reports,
    summary: plan.kept?.message ?? `version ${ocm.spec.version} is installed`,
    details: {
      ...(installed !== undefined && { installedVersion: installed }),
      resources: resourceStatuses(observed, situation),
    },
    retry:
      situation.refusals.release?.reason === "ClusterUnreachable" ? "backoff" : { afterMs: situation.pollIntervalMs },
  };
}

/**
 * Says what is certain of an installation although a pass has failed. Pure.
 *
 * That is how the access is, and which part is not there or not ready any more. What looks ready may be that of an
 * earlier version.
 */
export function summarizeKnown(situation: Omit<Situation, "plan" | "refusals">): Pick<Outcome, "reports" | "details"> {
  const kept = { reason: "SettingsNotInForce", message: "" } as const;
  const { reports, details } = summarize({ ...situation, plan: { kept }, refusals: {} });
  return { reports: reports.filter(({ type, state }) => type === "AccessReady" || state !== "done"), details };
}

function reportAccess(situation: Situation): ReportOf<"AccessReady"> {
  const { observed, accessRefusal, target } = situation;
  const type = "AccessReady";
  if (accessRefusal !== undefined) {
    return { type, ...accessRefusal };
  }
  const access = accessState(observed.accessRequest);
  switch (access.state) {
    case "granted":
      return reportGranted(situation);
    case "denied":
      return { type, state: "failed", reason: "AccessDenied", message: plainMessage(access.message) };
    case "absent":
    case "pending":
      return waiting(type, "AccessPending", PENDING[target]);
  }
}

function reportGranted({ kubeconfig, target, isMoveWanted }: Situation): ReportOf<"AccessReady"> {
  const type = "AccessReady";
  if (kubeconfig?.state === "refused") {
    const cause = plainMessage(kubeconfig.message);
    const message = `the kubeconfig of the ${PLACES[target]} is refused, and the operator of the platform has to correct it: ${cause}`;
    return { type, state: "failed", reason: "KubeconfigRefused", message };
  }
  const warning = kubeconfig?.state === "unverified" ? UNVERIFIED : "";
  return {
    type,
    state: "done",
    reason: "AccessGranted",
    message: `${GRANTED[target]}${warning}${isMoveWanted ? STAYS : ""}`,
  };
}

function reportChart({ ocm, plan, refusals, observed }: Situation): ReportOf<"ChartReady"> {
  const type = "ChartReady";
  const hindrance = plan.hindrance ?? refusals.chart;
  if (hindrance !== undefined) {
    return { type, ...hindrance };
  }
  const done: Words<typeof type> =
    plan.kept === undefined ? { reason: "ChartFetched", message: `chart ${ocm.spec.version} is fetched` } : plan.kept;
  return fromReadiness(type, readSource(observed.source), {
    done,
    progressing: { reason: "ChartFetching", message: `fetching chart ${ocm.spec.version}` },
    failing: "ChartFetchFailed",
    suspended: { reason: "ChartSuspended", message: "the OCIRepository is suspended by the platform operator" },
  });
}

function reportRelease(situation: Situation): ReportOf<"ReleaseReady"> {
  const { ocm, refusals, plan } = situation;
  const type = "ReleaseReady";
  if (refusals.release !== undefined) {
    return { type, ...refusals.release };
  }
  if ((plan.hindrance ?? refusals.chart) !== undefined) {
    return waiting(type, "WaitingForChart", "waiting for the chart");
  }
  if (plan.release === undefined && plan.kept === undefined) {
    return waiting(type, "WaitingForAccess", "waiting for access to the control plane");
  }
  return fromReadiness(type, readInstallation(situation), {
    done: { reason: "ReleaseInstalled", message: `version ${ocm.spec.version} is installed` },
    progressing: { reason: "ReleaseInstalling", message: `installing version ${ocm.spec.version}` },
    failing: "ReleaseFailed",
    suspended: { reason: "ReleaseSuspended", message: "the HelmRelease is suspended by the platform operator" },
  });
}

// What Flux is at work on stays Ready through a routine check, but does not become so by it: an attempt that was killed
// half-way begins as a check does, and until it has ended Flux speaks of the release before. A new generation has
// caused no attempt while what is installed is kept.
function readInstallation({ ocm, plan, observed: { release, source } }: Situation): Readiness {
  const { metadata, status } = ocm;
  const reading = readRelease(release, source);
  const before = findCondition(status?.conditions ?? [], "ReleaseReady");
  const isOfNow = plan.kept !== undefined || before?.observedGeneration === metadata.generation;
  const wasInstalled = before?.status === "True" && isOfNow;
  return reading.state === "ready" && isAtWork(release) && !wasInstalled
    ? { state: "progressing", message: "Flux is at work on the release" }
    : reading;
}

type Words<Type extends ConditionType> = Pick<ReportOf<Type>, "reason" | "message">;

function fromReadiness<Type extends ConditionType>(
  type: Type,
  readiness: Readiness,
  words: { done: Words<Type>; progressing: Words<Type>; failing: ReasonOf<Type>; suspended: Words<Type> },
): ReportOf<Type> {
  switch (readiness.state) {
    case "ready":
      return { type, state: "done", ...words.done };
    case "failing":
    case "stalled":
      return {
        type,
        state: "failed",
        reason: words.failing,
        message: plainMessage(`${readiness.reason}: ${readiness.message}`),
      };
    case "suspended":
      return { type, state: "waiting", ...words.suspended };
    // Flux words its progress differently from moment to moment; repeating it would only make the status flap.
    case "absent":
    case "progressing":
    case "terminating":
      return { type, state: "waiting", ...words.progressing };
  }
}

function waiting<Type extends ConditionType>(type: Type, reason: ReasonOf<Type>, message: string): ReportOf<Type> {
  return { type, ...({ state: "waiting", reason, message } satisfies Hindrance<string>) };
}
