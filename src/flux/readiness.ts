import type { Condition, KubeObject } from "../kube/object.ts";
import type { HelmRelease, ReleaseSnapshot } from "./helm-release.ts";
import type { OCIRepository } from "./oci-repository.ts";

/**
 * What a Flux controller says about the current spec of one object.
 *
 * `failing` is retried by Flux itself; `stalled` is not retried until spec, values, chart or a reset change.
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

/** Reads a chart source: `ready` means its artifact is the one the current spec asks for. */
export function readSource(source: OCIRepository | undefined): Readiness {
  // While Flux tries again Ready is Unknown; FetchFailed keeps the cause and so keeps this reading from flapping.
  const reading = readFluxObject(source, currentCondition(source, "FetchFailed", "True"));
  return reading.state === "ready" && !isOfReference(source)
    ? { state: "progressing", message: "the artifact is not the one that is asked for yet" }
    : reading;
}

// Where tags change in quick succession, a conflict can cost source-controller a part of its status: it calls the present
// generation ready, and the artifact is still that of the one before, until its next interval (seen with 1.9).
function isOfReference(source: OCIRepository | undefined): boolean {
  const { tag, digest } = { tag: undefined, digest: undefined, ...source?.spec?.ref };
  const revision = source?.status?.artifact?.revision;
  if (tag !== undefined) {
    return revision?.startsWith(`${tag}@`) ?? false;
  }
  return digest === undefined || digestIn(revision) === digest;
}

/**
 * Reads a release: `ready` means that what was last attempted, and is deployed, is the current artifact of `source`.
 *
 * After a change of the source there is a window in which the release still calls its old revision ready;
 * only the digest tells (recorded from source-controller 1.9 and helm-controller 1.6).
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

/** The release that runs on the target cluster now: the newest one that Helm calls deployed. */
export function installedRelease(release: HelmRelease | undefined): ReleaseSnapshot | undefined {
  return release?.status?.history?.find(({ status }) => status === "deployed");
}

/** Whether Flux knows of a Helm release behind this object, without which it would delete it and uninstall nothing. */
export function isKnownToFlux(release: HelmRelease | undefined): boolean {
  return (release?.status?.history?.length ?? 0) > 0;
}

/** Whether Flux is at work on a release: a routine check, or an attempt of which nothing is known yet. */
export function isAtWork(release: HelmRelease | undefined): boolean {
  return (
    currentCondition(release, "Reconciling", "True") !== undefined ||
    currentCondition(release, "Ready", "Unknown") !== undefined
  );
}

/** Chart version of a release without the digest that Flux appends as build metadata. */
export function installedVersion(release: HelmRelease | undefined): string | undefined {
  return installedRelease(release)?.chartVersion?.replace(/\+[0-9a-f]{12}$/, "");
}

/** Why a release that is being deleted does not go, when Flux has said so. */
export function uninstallFailure(release: HelmRelease): Condition | undefined {
  const ready = currentCondition(release, "Ready", "False");
  return ready?.reason === "UninstallFailed" ? ready : undefined;
}

// With its gate DisableChartDigestTracking helm-controller compares charts by their version alone, and so leaves the
// digest out of what it last attempted: whatever the tag has come to name, the release of that version is the current one.
function isInstalled(release: HelmRelease | undefined, digest: string): boolean {
  const installed = installedRelease(release);
  const attempted = release?.status?.lastAttemptedRevision;
  const isTracked = attempted === undefined || hasDigest(attempted, digest);
  return isTracked ? isOfChart(installed, digest) : installed?.chartVersion === attempted;
}

// helm-controller forgets the digest of a release that it rolled back to, but its version carries the beginning of it.
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

// For a tag that is no version helm-controller gives as digest what source-controller calls the revision: `<tag>@<digest>`.
function digestIn(revision: string | undefined): string | undefined {
  return revision?.split("@").at(-1);
}

function readFluxObject(object: FluxObject | undefined, failure: Condition | undefined): Readiness {
  if (object === undefined) {
    return { state: "absent" };
  }
  if (object.metadata.deletionTimestamp !== undefined) {
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
  // The lasting failure first: Ready also tells of rollbacks and retries, from moment to moment.
  const cause = failure ?? (ready?.status === "False" ? ready : undefined);
  return cause === undefined
    ? { state: "progressing", message: ready?.message ?? "not observed by Flux yet" }
    : { state: "failing", reason: cause.reason, message: cause.message };
}

// At each interval helm-controller says for a moment that it is at work. What it worked out for this very generation
// before, and has not failed at since, stays true meanwhile; whether it is of the current chart, the digests tell.
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

// "Failed to install after 4 attempt(s)" says nothing about the cause; Ready=False does.
function stalledMessage(object: FluxObject, stalled: Condition): string {
  const cause = currentCondition(object, "Released", "False") ?? currentCondition(object, "Ready", "False");
  return cause === undefined || cause.message === stalled.message
    ? stalled.message
    : `${stalled.message}: ${cause.message}`;
}

function isSourceNotReady(reading: Readiness): boolean {
  return reading.state === "failing" && reading.reason === "SourceNotReady";
}

// A condition of an older generation describes a spec that is gone. Trusting it would report the old version as ready.
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
