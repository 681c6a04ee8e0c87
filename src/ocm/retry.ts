import type { HelmRelease } from "../flux/helm-release.ts";
import type { OCIRepository } from "../flux/oci-repository.ts";
import { readRelease, readSource } from "../flux/readiness.ts";
import type { KubeObject } from "../kube/object.ts";
import { isSpecApplied } from "../runtime/managed-fields.ts";
import { ANNOTATIONS, EARLIER_REVISION } from "./annotations.ts";
import { FIELD_MANAGER } from "./field-manager.ts";

/** Asks Flux for another attempt; the second one also has the helm-controller count its attempts anew. */
export const REQUESTED_AT = "reconcile.fluxcd.io/requestedAt";
const RESET_AT = "reconcile.fluxcd.io/resetAt";

/** The annotations by which Flux is asked to try again. */
export const REQUESTS_TO_FLUX: readonly string[] = [REQUESTED_AT, RESET_AT];

/** In place of a revision: attempts that end in vain are repeated once whatever the settings are. */
const WISH = "to-be-repeated";

// Other reasons tell of objects that no further attempt makes valid.
const ENDS_OF_ATTEMPTS: readonly string[] = ["RetriesExceeded", "MissingRollbackTarget"];

/** What decides whether Flux tries again. */
export type Retry = {
  /** Another one whenever something has changed without which the attempts may have failed: settings, or access. */
  readonly revision: string;
  /** Somebody asks for a check without shortcuts. */
  readonly force: boolean;
};

/**
 * The desired object with the revision of the settings for which Flux has begun its latest attempts. Pure.
 *
 * Settings that leave the object as it is move the revision only when Flux is asked to try again: they cost no write.
 */
export function withRevision<T extends KubeObject>(desired: T, live: T | undefined, { revision }: Retry): T {
  const before = live === undefined ? revision : revisionOf(live);
  const isOfBefore = before !== revision && live !== undefined && isAttempted(live, desired);
  return annotated(desired, isOfBefore ? before : revision);
}

/** The same for a HelmRelease. A wish that comes while attempts are failing counts when they end. Pure. */
export function withWish(desired: HelmRelease, live: HelmRelease | undefined, retry: Retry): HelmRelease {
  const isFailing = readRelease(live, undefined).state === "failing";
  return retry.force && isFailing ? annotated(desired, WISH) : withRevision(desired, live, retry);
}

/** Whether the present attempts of Flux are for what is desired: a change of the spec has Flux begin anew by itself. Pure. */
export function isAttempted(live: KubeObject, desired: KubeObject): boolean {
  return isSpecApplied(live, desired, FIELD_MANAGER);
}

function revisionOf({ metadata: { annotations = {} } }: KubeObject): string | undefined {
  return annotations[ANNOTATIONS.retried] ?? annotations[EARLIER_REVISION];
}

function annotated<T extends KubeObject>(object: T, revision: string | undefined): T {
  const { annotations, ...metadata } = object.metadata;
  return revision === undefined
    ? object
    : { ...object, metadata: { ...metadata, annotations: { ...annotations, [ANNOTATIONS.retried]: revision } } };
}

/**
 * Annotations with which the helm-controller tries once more what it has given up; undefined when it shall not. Pure.
 *
 * It shall once for each revision of the settings, and whenever somebody asks.
 */
export function retryRelease(live: HelmRelease, retry: Retry): Readonly<Record<string, string>> | undefined {
  const reading = readRelease(live, undefined);
  const isGivenUp = reading.state === "stalled" && ENDS_OF_ATTEMPTS.includes(reading.reason);
  const token = isGivenUp ? nextToken(live, retry) : undefined;
  return token === undefined ? undefined : { ...token, [RESET_AT]: token[REQUESTED_AT] ?? "" };
}

/**
 * The same for a chart that cannot be fetched: the source-controller never gives up, but looks for it more and more
 * seldom, at last every 15 minutes. Pure.
 */
export function retrySource(live: OCIRepository, retry: Retry): Readonly<Record<string, string>> | undefined {
  return readSource(live).state === "failing" ? nextToken(live, retry) : undefined;
}

// The version of the object makes the token another one each time, even when nothing but the wish is new.
function nextToken(live: KubeObject, { revision, force }: Retry): Readonly<Record<string, string>> | undefined {
  const token = `${revision}.${live.metadata.resourceVersion ?? ""}`;
  const isNew = revisionOf(live) !== revision;
  return force || isNew ? { [ANNOTATIONS.retried]: revision, [REQUESTED_AT]: token } : undefined;
}
