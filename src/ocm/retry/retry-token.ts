import type { HelmRelease } from "../../flux/helm-release.ts";
import { inputsOf, isUpToMark } from "./inputs-mark.ts";
import { isGivenUp } from "./is-given-up.ts";

/**
 * Decides whether Flux shall try once more what it has given up, and by which token; undefined when it shall not. Pure.
 *
 * It shall when the operator has changed something since the attempts began, or when somebody asks for a check without
 * shortcuts. A change of the spec makes Flux begin anew by itself.
 */
export function retryToken(
  live: HelmRelease | undefined,
  desired: HelmRelease,
  { force }: { readonly force: boolean },
): string | undefined {
  if (live === undefined || !isGivenUp(live)) {
    return undefined;
  }
  const revision = inputsOf(desired) ?? "";
  const isChanged = revision !== inputsOf(live) && isUpToMark(live, desired);
  // The version of the release makes the token another one each time, even when nothing but the wish is new.
  return force || isChanged ? `${revision}.${live.metadata.resourceVersion ?? ""}` : undefined;
}
