import type { HelmRelease } from "../../flux/helm-release.ts";
import { isKnownToFlux } from "../../flux/readiness.ts";
import { isSuspendedByUs } from "../removal/own-suspension.ts";

/** What the way of a Helm release from its old HelmRelease to the new one depends on. */
export type TakeoverSituation = {
  /** Under its first name. */
  readonly oldRelease: HelmRelease | undefined;
  readonly newRelease: HelmRelease | undefined;
  /** Whether it is written down that the Helm release is changing hands. */
  readonly isMarked: boolean;
  /** Whether the new HelmRelease could be written now: there is access, and the chart is fetched. */
  readonly isPrepared: boolean;
};

/** One step of a takeover. */
export type TakeoverStep =
  | { readonly do: "putAway"; readonly oldRelease: HelmRelease }
  | { readonly do: "wait"; readonly for: "preparation" | "resumption" | "oldReleaseToGo" }
  /** The new HelmRelease may be written. */
  | { readonly do: "install" }
  | { readonly do: "removeMark" };

/**
 * Decides how a Helm release gets from its old HelmRelease to the new one without being uninstalled. Pure.
 *
 * The old one stays at work until the new one can follow at once, and is gone before the new one is written: two of
 * them would fight over one Helm release. An old one that somebody else has suspended stays as it is.
 */
export function nextTakeoverStep(situation: TakeoverSituation): TakeoverStep {
  const { oldRelease, newRelease, isMarked, isPrepared } = situation;
  if (oldRelease === undefined) {
    return isMarked && isInNewHands(newRelease) ? { do: "removeMark" } : { do: "install" };
  }
  if (oldRelease.metadata.deletionTimestamp !== undefined) {
    return { do: "wait", for: "oldReleaseToGo" };
  }
  if (oldRelease.spec?.suspend === true && !isMarked && !isSuspendedByUs(oldRelease)) {
    return { do: "wait", for: "resumption" };
  }
  return isPrepared ? { do: "putAway", oldRelease } : { do: "wait", for: "preparation" };
}

function isInNewHands(release: HelmRelease | undefined): boolean {
  return isKnownToFlux(release) && release?.metadata.deletionTimestamp === undefined;
}
