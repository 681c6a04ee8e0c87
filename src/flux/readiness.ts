import { type Condition, isTerminating, type KubeObject, withoutVersion } from "../kube/object.ts";
import type { HelmRelease, ReleaseSnapshot } from "./helm-release.ts";
import type { OCIRepository } from "./oci-repository.ts";

/**
 * The state of one Flux object, for its current spec.
 *
 * Flux itself retries a `failing` object; it retries a `stalled` one only after a change of the spec, the values or the
 * chart, or after a reset.
 */
export type Readiness =
  | { readonly state: "absent" | "suspended" | "terminating" }
  | { readonly state: "progressing"; readonly message: string }
  | { readonly state: "failing" | "stalled"; readonly reason: string; readonly message: string }
  | { readonly state: "ready" };

type FluxObject = KubeObject & {
  readonly spec?: { readonly suspend?: boolean };
  readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
};

/** Reads a chart source. `ready` means that its artifact is the one that the current spec asks for. */
export function readSource(source: OCIRepository | undefined): Readiness {
  // During a retry Ready is Unknown, but FetchFailed keeps the cause: with it the result does not flap.
  const reading = readFluxObject(source, currentCondition(source, "FetchFailed", "True"));
  return reading.state === "ready" && !isOfReference(source)
    ? { state: "progressing", message: "the artifact is not the one that is asked for yet" }
    : reading;
}

/** Whether Flux fails to pull what a source refers to. That the tag does not exist is one of the causes. */
export function isPullFailing(source: OCIRepository | undefined): boolean {
  const reading = readSource(source);
  return reading.state === "failing" && reading.reason === "OCIArtifactPullFailed";
}

/** Whether Flux fails to pull what a source refers to, and has not done so before. */
export function isNeverPulled(source: OCIRepository | undefined): boolean {
  return isPullFailing(source) && !isOfReference(source);
}

// When tags change in quick succession, source-controller can lose a part of its status to a conflict: until its next
// interval it reports the current generation as ready with the artifact of the generation before (seen with 1.9).
function isOfReference(source: OCIRepository | undefined): boolean {
  const { tag, digest } = { tag: undefined, digest: undefined, ...source?.spec?.ref };
  const revision = source?.status?.artifact?.revision;
  if (tag !== undefined) {
    return revision?.startsWith(`${tag}@`) ?? false;
  }
  return digest === undefined || digestIn(revision) === digest;
}

/**
 * Reads a release. `ready` means that the last attempt and the deployed release are of the current artifact of
 * `source`.
 *
 * After a change of the source, the release reports its old revision as ready for a while; only the digest tells that
 * revision from the current one (recorded from source-controller 1.9 and helm-controller 1.6).
 */
export function readRelease(release: HelmRelease | undefined, source: OCIRepository | undefined): Readiness {
  const reading = readAttempt(release);
  if (reading.state !== "ready") {
    return isSourceNotReady(reading) ? { state: "progressing", message: "waiting for the chart" } : reading;
  }
  const wanted = manifestDigest(source);
  const isCurrent =
    readSource(source).state === "ready" &&
    wanted !== undefined &&
    digestIn(release?.status?.lastAttemptedRevisionDigest) === wanted &&
    isInstalled(release, wanted);
  return isCurrent ? reading : { state: "progressing", message: "the release is not of the current chart yet" };
}

/**
 * What can be read of a HelmRelease, but whether Flux is just checking one that is installed. Pure.
 *
 * Flux does that at each interval, and says the same afterwards.
 */
export function withoutRoutine(release: HelmRelease): unknown {
  const { status, ...lasting } = withoutVersion(release);
  const reading = readAttempt(release);
  const conditions = reading.state === "ready" ? reading : status?.conditions;
  return { ...lasting, status: { ...status, conditions } };
}

/** What is read of an object of Flux: everything but the words for its progress, and who would hold it. Pure. */
export function withoutProgress(object: FluxObject): unknown {
  const { status, metadata, ...lasting } = withoutVersion(object);
  // Flux takes hold of each object before anything else. Who holds one matters once it is deleted.
  const { finalizers, ...kept } = metadata;
  const held = isTerminating(object) ? { finalizers } : {};
  const conditions = status?.conditions?.map(withoutWords);
  return { ...lasting, metadata: { ...kept, ...held }, status: { ...status, conditions } };
}

function withoutWords({ message, ...condition }: Condition): object {
  const isProgress = condition.status === "Unknown" || condition.type === "Reconciling";
  return isProgress ? condition : { message, ...condition };
}

/** The release that runs on the target cluster: the newest one with Helm's status `deployed`. */
export function installedRelease(release: HelmRelease | undefined): ReleaseSnapshot | undefined {
  return release?.status?.history?.find(({ status }) => status === "deployed");
}

/** Whether Flux knows the Helm release of this object. If not, a deletion of the object uninstalls nothing. */
export function isKnownToFlux(release: HelmRelease | undefined): boolean {
  return (release?.status?.history?.length ?? 0) > 0;
}

/** Whether Flux is working on a release: Flux is checking the release, or its last attempt has no result yet. */
export function isAtWork(release: HelmRelease | undefined): boolean {
  return (
    currentCondition(release, "Reconciling", "True") !== undefined ||
    currentCondition(release, "Ready", "Unknown") !== undefined
  );
}

/** Whether Helm is running an action for a release. Flux writes the result into the status when the action ends. */
export function isInAction(release: HelmRelease | undefined): boolean {
  return currentCondition(release, "Ready", "Unknown") !== undefined;
}

/** What came of Helm's last action. Other reasons tell what Flux waits for before it runs any. */
const OF_ACTION = /^(?:Install|Upgrade|Test|Rollback|Uninstall)(?:Succeeded|Failed)$/u;

/**
 * Since when an action of Helm may be running for a release, in RFC 3339; `undefined` when none is.
 *
 * Beside the actions that Ready tells of, these are the remediation of a failure, during which Ready goes on reporting
 * the failure, and the action that Flux is about to begin. A release that waits, for its source or for the next
 * attempt, is in none.
 */
export function inActionSince(release: HelmRelease | undefined): string | undefined {
  const ready = currentCondition(release, "Ready");
  const reconciling = currentCondition(release, "Reconciling", "True");
  if (ready?.status === "Unknown") {
    return ready.lastTransitionTime;
  }
  if (reconciling?.reason !== "Progressing") {
    return undefined;
  }
  if (ready?.status === "False") {
    return OF_ACTION.test(ready.reason) ? ready.lastTransitionTime : undefined;
  }
  return reconciling.lastTransitionTime;
}

/**
 * Since when there is a chart that Flux has not tried to install yet, in RFC 3339; `undefined` when there is none. Flux
 * may begin at any moment, and says so later.
 */
export function untriedSince(release: HelmRelease | undefined, source: OCIRepository | undefined): string | undefined {
  const digest = readSource(source).state === "ready" ? manifestDigest(source) : undefined;
  return digest === undefined || digestIn(release?.status?.lastAttemptedRevisionDigest) === digest
    ? undefined
    : currentCondition(source, "Ready", "True")?.lastTransitionTime;
}

/** Chart version of a release without the digest that Flux appends as build metadata. */
export function installedVersion(release: HelmRelease | undefined): string | undefined {
  return installedRelease(release)?.chartVersion?.replace(/\+[0-9a-f]{12}$/, "");
}

/** Why Flux cannot uninstall a release that is being deleted; `undefined` when Flux reports no failure. */
export function uninstallFailure(release: HelmRelease): Condition | undefined {
  const ready = currentCondition(release, "Ready", "False");
  return ready?.reason === "UninstallFailed" ? ready : undefined;
}

// With the gate DisableChartDigestTracking, helm-controller compares charts by version only, and the last attempted
// revision has no digest. The release of that version is the current one then, whatever its tag points to.
function isInstalled(release: HelmRelease | undefined, digest: string): boolean {
  const installed = installedRelease(release);
  const attempted = release?.status?.lastAttemptedRevision;
  const isTracked = attempted === undefined || hasDigest(attempted, digest);
  return isTracked ? isOfChart(installed, digest) : installed?.chartVersion === attempted;
}

// After a rollback helm-controller has no digest of the release any more, but the chart version ends with its
// beginning.
function isOfChart(installed: ReleaseSnapshot | undefined, digest: string): boolean {
  return installed?.ociDigest === undefined
    ? hasDigest(installed?.chartVersion, digest)
    : digestIn(installed.ociDigest) === digest;
}

function hasDigest(chartVersion: string | undefined, digest: string): boolean {
  const [, hash = ""] = digest.split(":");
  return chartVersion?.endsWith(`+${hash.slice(0, 12)}`) ?? false;
}

/** Digest of the chart's manifest as `sha256:…`, once the source has an artifact. */
export function manifestDigest(source: OCIRepository | undefined): string | undefined {
  return digestIn(source?.status?.artifact?.revision);
}

// For a tag that is no version, helm-controller reports the source's revision, `<tag>@<digest>`, as digest.
function digestIn(revision: string | undefined): string | undefined {
  return revision?.split("@").at(-1);
}

function readFluxObject(object: FluxObject | undefined, failure: Condition | undefined): Readiness {
  if (object === undefined) {
    return { state: "absent" };
  }
  if (isTerminating(object)) {
    return { state: "terminating" };
  }
  if (object.spec?.suspend === true) {
    return { state: "suspended" };
  }
  const stalled = currentCondition(object, "Stalled", "True");
  if (stalled !== undefined) {
    return { state: "stalled", reason: stalled.reason, message: stalledMessage(object, stalled) };
  }
  return readReady(object, failure);
}

function readReady(object: FluxObject, failure: Condition | undefined): Readiness {
  const ready = currentCondition(object, "Ready");
  if (ready?.status === "True") {
    return isSettled(object) ? { state: "ready" } : { state: "progressing", message: ready.message };
  }
  // The lasting failure first: the message of Ready changes with every rollback and retry.
  const cause = failure ?? (ready?.status === "False" ? ready : undefined);
  return cause === undefined
    ? { state: "progressing", message: ready?.message ?? "not observed by Flux yet" }
    : { state: "failing", reason: cause.reason, message: cause.message };
}

// At each interval helm-controller is Reconciling for a moment. Its earlier success with this generation still holds
// then, unless it has failed since. The digests show whether that success is of the current chart.
function readAttempt(release: HelmRelease | undefined): Readiness {
  const failure = currentCondition(release, "Released", "False");
  const reading = readFluxObject(release, failure);
  const isRoutineCheck =
    reading.state === "progressing" &&
    failure === undefined &&
    release?.status?.observedGeneration === release?.metadata.generation;
  return isRoutineCheck ? { state: "ready" } : reading;
}

function isSettled(object: FluxObject): boolean {
  return (
    object.status?.observedGeneration === object.metadata.generation &&
    currentCondition(object, "Reconciling", "True") === undefined
  );
}

// Stalled says only "Failed to install after 4 attempt(s)"; Released=False or Ready=False says why.
function stalledMessage(object: FluxObject, stalled: Condition): string {
  const cause = currentCondition(object, "Released", "False") ?? currentCondition(object, "Ready", "False");
  return cause === undefined || cause.message === stalled.message
    ? stalled.message
    : `${stalled.message}: ${cause.message}`;
}

function isSourceNotReady(reading: Readiness): boolean {
  return reading.state === "failing" && reading.reason === "SourceNotReady";
}

// A condition of an older generation is about the previous spec, and could report the previous version as ready.
function currentCondition(
  object: FluxObject | undefined,
  type: string,
  status?: Condition["status"],
): Condition | undefined {
  return object?.status?.conditions?.find(
    (condition) =>
      condition.type === type &&
      condition.observedGeneration === object.metadata.generation &&
      (status === undefined || condition.status === status),
  );
}
