import type { HelmRelease } from "../../flux/helm-release.ts";
import { isKnownToFlux } from "../../flux/readiness.ts";

/** What has to be done before the release of a half-finished takeover can be uninstalled. */
export type RemovalDetour = "resumeRelease" | "takeOverRelease" | "removeMark" | "waitForFlux";

/**
 * Decides how a removal gets from any point of a takeover to where Flux uninstalls; undefined when it is there. Pure.
 *
 * A HelmRelease that is suspended, or that has not found its Helm release yet, would go without uninstalling it.
 */
export function removalDetour(situation: {
  readonly oldRelease: HelmRelease | undefined;
  readonly newRelease: HelmRelease | undefined;
  /** Whether it is written down that the Helm release is changing hands. */
  readonly isMarked: boolean;
}): RemovalDetour | undefined {
  const { oldRelease, newRelease, isMarked } = situation;
  if (oldRelease !== undefined) {
    return detourOfOld(oldRelease, isMarked);
  }
  if (!isMarked) {
    return undefined;
  }
  return newRelease === undefined ? "takeOverRelease" : detourOfNew(newRelease);
}

function detourOfOld({ metadata, spec }: HelmRelease, isMarked: boolean): RemovalDetour | undefined {
  const isSuspended = spec?.suspend === true;
  if (metadata.deletionTimestamp !== undefined) {
    return isSuspended ? "waitForFlux" : undefined;
  }
  if (!isMarked) {
    return undefined;
  }
  return isSuspended ? "resumeRelease" : "removeMark";
}

function detourOfNew(release: HelmRelease): RemovalDetour | undefined {
  if (isKnownToFlux(release)) {
    return "removeMark";
  }
  // Whoever has suspended it has to resume it first, and what is going anyway can only be taken over anew.
  return release.spec?.suspend === true && release.metadata.deletionTimestamp === undefined ? undefined : "waitForFlux";
}
