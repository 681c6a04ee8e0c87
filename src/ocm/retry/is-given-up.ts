import type { HelmRelease } from "../../flux/helm-release.ts";
import { readRelease } from "../../flux/readiness.ts";

// Other reasons tell of objects that no further attempt makes valid.
const ENDS_OF_ATTEMPTS: readonly string[] = ["RetriesExceeded", "MissingRollbackTarget"];

/** Whether Flux has given up a release after a number of attempts. */
export function isGivenUp(release: HelmRelease): boolean {
  const reading = readRelease(release, undefined);
  return reading.state === "stalled" && ENDS_OF_ATTEMPTS.includes(reading.reason);
}
