import { type HelmRelease, helmReleases } from "../../flux/helm-release.ts";
import { ociRepositories, type OCIRepository } from "../../flux/oci-repository.ts";
import { readRelease, readSource } from "../../flux/readiness.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";

/** How Flux tries to bring about what one kind of object asks for, and how it is asked to try once more. */
export type Attempts<T extends KubeObject> = {
  readonly resource: Resource<T>;
  /** Whether Flux has tried in vain, and tries no more, or only after a long while. */
  readonly areInVain: (live: T) => boolean;
  /** Annotations whose change asks for another attempt. */
  readonly askedForBy: readonly string[];
};

const REQUESTED_AT = "reconcile.fluxcd.io/requestedAt";

// Other reasons tell of objects that no further attempt makes valid.
const ENDS_OF_ATTEMPTS: readonly string[] = ["RetriesExceeded", "MissingRollbackTarget"];

/** The helm-controller gives a release up after a number of attempts. */
export const releaseAttempts: Attempts<HelmRelease> = {
  resource: helmReleases,
  areInVain: (release) => {
    const reading = readRelease(release, undefined);
    return reading.state === "stalled" && ENDS_OF_ATTEMPTS.includes(reading.reason);
  },
  askedForBy: [REQUESTED_AT, "reconcile.fluxcd.io/resetAt"],
};

/** The source-controller never gives up, but looks at a chart that it could not fetch for long only every 15 minutes. */
export const sourceAttempts: Attempts<OCIRepository> = {
  resource: ociRepositories,
  areInVain: (source) => readSource(source).state === "failing",
  askedForBy: [REQUESTED_AT],
};
