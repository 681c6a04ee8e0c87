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
  /** Whether the control plane can be reached, by Flux as well. */
  readonly hasAccess: boolean;
}): RemovalDetour | undefined {
  const { oldRelease, newRelease, isMarked, hasAccess } = situation;
  if (oldRelease !== undefined) {
    return detourOfOld(oldRelease, isMarked);
  }
  if (!isMarked) {
    return undefined;
  }
  return newRelease === undefined ? "takeOverRelease" : detourOfNew(newRelease, hasAccess);
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

function detourOfNew(release: HelmRelease, hasAccess: boolean): RemovalDetour | undefined {
  const isGoing = release.metadata.deletionTimestamp !== undefined;
  if (isKnownToFlux(release)) {
    // Without a kubeconfig Flux lets go of it any moment: the mark stays until it can uninstall again.
    return isGoing && !hasAccess ? undefined : "removeMark";
  }
  // Whoever has suspended it has to resume it first, and what is going anyway can only be taken over anew.
  return release.spec?.suspend === true && !isGoing ? undefined : "waitForFlux";
}
