import type { OCIRepository } from "../flux/oci-repository.ts";
import { isPullFailing, readSource } from "../flux/readiness.ts";
import { plainMessage } from "../openmcp/service/plain-message.ts";
import { fluxLabels, type Names } from "./names.ts";
import type { Blocker, ReasonOf } from "./reasons.ts";
import { isAttempted, REQUESTED_AT } from "./retry.ts";
import type { State } from "./state.ts";
import { spellingsOf } from "./versions.ts";

/** The version that the platform's web UI orders when nobody has chosen one. */
const LATEST = "latest";
/** Every version but pre-releases. */
const EVERY_RELEASE = ">=0.0.0";
// What the lookup has found is never installed, and that it disappears again is no news.
const INTERVAL = "1h";

type Sources = Pick<State, "source" | "lookup">;
type Annotations = Readonly<Record<string, string>>;

/**
 * Returns the OCIRepository by which Flux looks for the tag that a tenant may have meant; undefined unless Flux cannot
 * pull the tag that the tenant has written. Pure.
 *
 * Nobody installs what it fetches. It differs from the tenant's OCIRepository in nothing but the tag: if Flux can pull
 * the one and not the other, the tag is what is wrong.
 */
export function desiredLookup(
  desired: OCIRepository,
  live: OCIRepository | undefined,
  names: Pick<Names, "lookup" | "labels" | "fluxShard">,
): OCIRepository | undefined {
  const { apiVersion, kind, spec } = desired;
  const ref = alternativeTo(tagOf(desired));
  const isNeeded = live !== undefined && isAttempted(live, desired) && isPullFailing(live);
  return spec !== undefined && ref !== undefined && isNeeded
    ? {
        apiVersion,
        kind,
        metadata: { ...names.lookup, labels: fluxLabels(names) },
        spec: { ...spec, ref, interval: INTERVAL },
      }
    : undefined;
}

/**
 * Adds to the annotations of a tenant's OCIRepository that Flux tries it again after the lookup has succeeded. Pure.
 *
 * The registry may have come back in between: only a failure after that success is one of the tag.
 */
export function askAgain({ source, lookup }: Sources, annotations: Annotations | undefined): Annotations | undefined {
  if (lookup === undefined || readSource(lookup).state !== "ready" || !isPullFailing(source)) {
    return annotations;
  }
  const token = tokenOf(lookup);
  const given = annotations?.[REQUESTED_AT];
  if (given !== undefined) {
    return { ...annotations, [REQUESTED_AT]: `${token}.${given}` };
  }
  return isAsked(source, token) ? annotations : { ...annotations, [REQUESTED_AT]: token };
}

/**
 * Says what is wrong with the version of a tenant whose tag Flux cannot pull; `looking` while Flux has not said that yet,
 * and undefined if the lookup has nothing to do with it. Pure.
 */
export function judgeVersion(
  version: string,
  { source, lookup }: Sources,
): Blocker<ReasonOf<"ChartReady">> | "looking" | undefined {
  if (tagOf(source) !== version || !isPullFailing(source) || lookup === undefined) {
    return undefined;
  }
  const { state } = readSource(lookup);
  if (state === "failing" || state === "stalled") {
    return { state: "failed", reason: "ChartFetchFailed", message: describeFailure(version, source) };
  }
  if (state === "suspended") {
    return undefined;
  }
  return state === "ready" && hasTriedAgain(source, tokenOf(lookup))
    ? { state: "failed", reason: "VersionNotFound", message: describeMistake(version, lookup) }
    : "looking";
}

function alternativeTo(version: string): { readonly tag: string } | { readonly semver: string } | undefined {
  const [, tag] = spellingsOf(version);
  if (tag !== undefined) {
    return { tag };
  }
  return version === LATEST ? { semver: EVERY_RELEASE } : undefined;
}

function tagOf(source: OCIRepository | undefined): string {
  const { tag } = { tag: "", ...source?.spec?.ref };
  return tag;
}

// A lookup never asks for anything else: what is looked for next has an object of its own.
function tokenOf({ metadata: { uid = "" } }: OCIRepository): string {
  return uid;
}

function isAsked(source: OCIRepository | undefined, token: string): boolean {
  return source?.metadata.annotations?.[REQUESTED_AT]?.startsWith(token) ?? false;
}

function hasTriedAgain(source: OCIRepository | undefined, token: string): boolean {
  return source?.status?.lastHandledReconcileAt?.startsWith(token) ?? false;
}

function describeMistake(version: string, lookup: OCIRepository): string {
  const [found = ""] = lookup.status?.artifact?.revision?.split("@") ?? [];
  return version === LATEST
    ? `spec.version: "${version}" is no tag of the chart: write a version, the newest is ${found}`
    : `spec.version: "${version}" is no tag of the chart, but ${found} is: write ${found}`;
}

function describeFailure(version: string, source: OCIRepository | undefined): string {
  const { reason = "", message = "" } = { reason: undefined, message: undefined, ...readSource(source) };
  const words = plainMessage(`${reason}: ${message}`);
  const [, other] = spellingsOf(version);
  return other === undefined
    ? `${words}; the newest version cannot be found either`
    : `${words}; ${other} cannot be fetched either`;
}
