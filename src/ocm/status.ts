import {
  installedRelease,
  installedVersion,
  isAtWork,
  readRelease,
  readSource,
  type Readiness,
} from "../flux/readiness.ts";
import { isTerminating, type KubeObject } from "../kube/object.ts";
import { accessState, type TenantTarget } from "../openmcp/platform/tenant-access.ts";
import type { KubeconfigReview } from "../openmcp/platform/kubeconfig-secret.ts";
import { plainMessage } from "../openmcp/service/plain-message.ts";
import type { Outcome, Report } from "../openmcp/service/status.ts";
import { findCondition } from "../runtime/conditions.ts";
import type { OCM } from "./api/objects.ts";
import { judgeVersion } from "./lookup.ts";
import type { Plan } from "./plan.ts";
import {
  type Blocked,
  type Blocker,
  type ConditionType,
  REMOVAL_FAILURES,
  REMOVAL_STEPS,
  type ReasonOf,
} from "./reasons.ts";
import type { State } from "./state.ts";
import { RELEASE_NAMESPACE } from "./names.ts";

/** A report of this provider: its reason is one that its condition type is documented to have. */
export type ReportOf<Type extends ConditionType> = Report & { readonly type: Type; readonly reason: ReasonOf<Type> };

/** What a pass knows at its end. */
export type Situation = {
  readonly ocm: OCM;
  readonly plan: Plan;
  readonly blocked: readonly Blocked[];
  /** Looked up after the last write. */
  readonly state: State;
  /** Whether the next pass looks for another tag. Default: no. */
  readonly isLookupDue?: boolean;
  /** Of the access that is granted, as far as it is known. */
  readonly kubeconfig: KubeconfigReview | undefined;
  /** The cluster on which the installation is. */
  readonly target: TenantTarget;
  /** Whether the settings name another one by now. */
  readonly isMoveWanted: boolean;
  /** The version that was on the target when it was last known; undefined once a look has found nothing. */
  readonly installedVersion: string | undefined;
  /** Names of the Secrets beside the toolkit's pods. */
  readonly secretsOnTarget: readonly string[];
  readonly recheckAfterMs: number;
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
  const { ocm, plan, state, blocked, recheckAfterMs } = situation;
  const installed = installedVersion(state.release);
  return {
    reports: [reportAccess(situation), reportChart(situation), reportRelease(situation)],
    summary: plan.kept?.message ?? `version ${ocm.spec.version} is installed`,
    details: {
      ...(installed !== undefined && { installedVersion: installed }),
      resources: resourceStatuses(situation),
    },
    retry: blocked.some(({ reason }) => reason === "ClusterUnreachable") ? "backoff" : { afterMs: recheckAfterMs },
  };
}

/**
 * Says what is certain of an installation although a pass has failed. Pure.
 *
 * That is how the access is, and which part is not there or not ready any more. A part that looks ready may be that of
 * an earlier version.
 */
export function summarizeKnown(situation: Omit<Situation, "plan">): Pick<Outcome, "reports" | "details"> {
  const plan: Plan = { copies: [], kept: { reason: "SettingsNotInForce", message: "" } };
  const { reports, details } = summarize({ ...situation, plan });
  return { reports: reports.filter(({ type, state }) => type === "AccessReady" || state !== "done"), details };
}

/** Says what a removal waits for. Pure. */
export function concludeRemoval(
  { reason, message }: Blocker<ReasonOf<"Removed">>,
  situation: Pick<Situation, "ocm" | "state" | "target" | "secretsOnTarget" | "recheckAfterMs" | "installedVersion">,
): Outcome {
  const { ocm, installedVersion: installed } = situation;
  const state = REMOVAL_FAILURES.includes(reason) ? "failed" : "waiting";
  const report: ReportOf<"Removed"> = { type: "Removed", state, reason, message: plainMessage(message) };
  return {
    reports: [report],
    summary: report.message,
    details: {
      ...(installed !== undefined && { installedVersion: installed }),
      resources: resourceStatuses(situation),
    },
    retry: reason === "ClusterUnreachable" ? "backoff" : { afterMs: situation.recheckAfterMs },
    isStep: isStep(reason) && isOnCourse(ocm),
  };
}

// A pass that fails leaves the condition as it is, and has Ready tell why.
function isOnCourse({ status }: OCM): boolean {
  const [removed, ready] = ["Removed", "Ready"].map((type) => findCondition(status?.conditions, type));
  return isStep(removed?.reason) && removed?.message === ready?.message;
}

function isStep(reason: string | undefined): boolean {
  return REMOVAL_STEPS.some((step) => step === reason);
}

/** Whether an outcome calls a change done of which the cache may have missed the middle. Pure. */
export function isChangeDone({ metadata, status }: OCM, { reports }: Outcome): boolean {
  const ready = findCondition(status?.conditions, "Ready");
  const wasReady = ready?.status === "True" && status?.observedGeneration === metadata.generation;
  // Of an object that has never been changed there is nothing older that could be taken for it.
  const isChanged = status?.installedVersion !== undefined || (metadata.generation ?? 1) > 1;
  return isChanged && !wasReady && reports.every(({ state }) => state === "done");
}

function reportAccess(situation: Situation): ReportOf<"AccessReady"> {
  const { state, target } = situation;
  const type = "AccessReady";
  const blocked = findBlocked(situation, type);
  if (blocked !== undefined) {
    return blocked;
  }
  switch (state.access.state) {
    case "granted":
      return reportGranted(situation);
    case "denied":
      return { type, state: "failed", reason: "AccessDenied", message: plainMessage(state.access.message) };
    case "absent":
    case "pending":
      return waiting(type, "AccessPending", PENDING[target]);
  }
}

function reportGranted({ kubeconfig, target, isMoveWanted, state }: Situation): ReportOf<"AccessReady"> {
  const type = "AccessReady";
  if (kubeconfig?.state === "refused") {
    const cause = plainMessage(kubeconfig.message);
    const message = `the kubeconfig of the ${PLACES[target]} is refused, and the operator of the platform has to correct it: ${cause}`;
    return { type, state: "failed", reason: "KubeconfigRefused", message };
  }
  const warning = kubeconfig?.state === "unverified" ? UNVERIFIED : "";
  const refusal = state.refusal === undefined ? "" : `; a new access was refused: ${plainMessage(state.refusal)}`;
  const message = `${GRANTED[target]}${warning}${isMoveWanted ? STAYS : ""}${refusal}`;
  return { type, state: "done", reason: "AccessGranted", message };
}

function reportChart(situation: Situation): ReportOf<"ChartReady"> {
  const type = "ChartReady";
  const { ocm, plan, state } = situation;
  const blocked = findBlocked(situation, type);
  if (blocked !== undefined) {
    return blocked;
  }
  const progressing = { reason: "ChartFetching", message: `fetching chart ${ocm.spec.version}` } as const;
  const verdict = situation.isLookupDue === true ? "looking" : judgeVersion(ocm.spec.version, state);
  if (verdict !== undefined) {
    return verdict === "looking" ? { type, state: "waiting", ...progressing } : { type, ...verdict };
  }
  return fromReadiness(type, readSource(state.source), {
    done: plan.kept ?? { reason: "ChartFetched", message: `chart ${ocm.spec.version} is fetched` },
    progressing,
    failing: "ChartFetchFailed",
    suspended: { reason: "ChartSuspended", message: "the OCIRepository is suspended by the platform operator" },
  });
}

function reportRelease(situation: Situation): ReportOf<"ReleaseReady"> {
  const { ocm, plan } = situation;
  const type = "ReleaseReady";
  const blocked = findBlocked(situation, type);
  if (blocked !== undefined) {
    return blocked;
  }
  const isVersionWrong = reportChart(situation).reason === "VersionNotFound";
  if (isVersionWrong || findBlocked(situation, "ChartReady") !== undefined) {
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

function findBlocked<Type extends Blocked["type"]>(
  { plan: { blocker }, blocked }: Situation,
  type: Type,
): ReportOf<Type> | undefined {
  const all: readonly Blocked[] = blocker === undefined ? blocked : [{ type: "ChartReady", ...blocker }, ...blocked];
  return all.find((one): one is Extract<Blocked, { type: Type }> => one.type === type);
}

// A release stays Ready through a routine check of Flux, but does not become Ready by one: an attempt that was killed
// half-way begins as a check does, and until it has ended Flux speaks of the release before. A new generation has
// caused no attempt while what is installed is kept.
function readInstallation({ ocm, plan, state: { release, source } }: Situation): Readiness {
  const { metadata, status } = ocm;
  const reading = readRelease(release, source);
  const before = findCondition(status?.conditions, "ReleaseReady");
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
    case "stalled": {
      const message = plainMessage(`${readiness.reason}: ${readiness.message}`);
      return { type, state: "failed", reason: words.failing, message };
    }
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
  return { type, state: "waiting", reason, message };
}

/** One entry of `status.resources` of an OCM object. */
export type ResourceStatus = {
  /** Absent for the core group. */
  readonly apiGroup?: string;
  readonly kind: string;
  readonly name: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  readonly phase: "Ready" | "Progressing" | "Terminating" | "Failed";
  readonly message?: string;
  readonly location: "PlatformCluster" | "ManagedControlPlane";
};

/**
 * Lists the objects that make up an installation, each with its state. Pure.
 *
 * A workload cluster is no tenant's business: of what lies there nothing is listed.
 */
function resourceStatuses({
  state: { accessRequest, source, release },
  target,
  secretsOnTarget,
}: Pick<Situation, "state" | "target" | "secretsOnTarget">): ResourceStatus[] {
  const there = { phase: "Ready", location: "ManagedControlPlane" } as const;
  const hasNamespace = secretsOnTarget.length > 0 || installedRelease(release) !== undefined;
  const onControlPlane: ResourceStatus[] = [
    ...(hasNamespace ? [{ kind: "Namespace", name: RELEASE_NAMESPACE, ...there }] : []),
    ...secretsOnTarget.map((name) => ({ kind: "Secret", name, namespace: RELEASE_NAMESPACE, ...there })),
  ];
  return [
    ...entryOf(accessRequest, accessReadiness(accessRequest)),
    ...entryOf(source, readSource(source)),
    ...entryOf(release, readRelease(release, source)),
    ...(target === "mcp" ? onControlPlane : []),
  ];
}

function entryOf(object: KubeObject | undefined, readiness: Readiness): ResourceStatus[] {
  if (object === undefined) {
    return [];
  }
  const { name, namespace = "" } = object.metadata;
  const apiGroup = object.apiVersion.split("/")[0] ?? "";
  const message = readiness.state === "failing" || readiness.state === "stalled" ? readiness.message : undefined;
  return [
    {
      apiGroup,
      kind: object.kind,
      name,
      namespace,
      phase: PHASES[readiness.state],
      ...(message !== undefined && { message: plainMessage(message) }),
      location: "PlatformCluster",
    },
  ];
}

const PHASES: Readonly<Record<Readiness["state"], ResourceStatus["phase"]>> = {
  ready: "Ready",
  failing: "Failed",
  stalled: "Failed",
  terminating: "Terminating",
  absent: "Progressing",
  progressing: "Progressing",
  suspended: "Progressing",
};

function accessReadiness(request: State["accessRequest"]): Readiness {
  const { state, message } = accessState(request);
  if (isTerminating(request)) {
    return { state: "terminating" };
  }
  switch (state) {
    case "granted":
      return { state: "ready" };
    case "denied":
      return { state: "stalled", reason: "AccessDenied", message };
    case "absent":
    case "pending":
      return { state: "progressing", message };
  }
}
