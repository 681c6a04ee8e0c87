import type { KubeObject } from "../../kube/object.ts";
import type { Attempts } from "./attempts.ts";
import { inputsOf, isUpToMark } from "./inputs-mark.ts";

/**
 * Decides whether Flux shall try once more what it has tried in vain, and by which token; undefined when it shall not.
 * Pure.
 *
 * It shall when the operator has changed something since the attempts began, or when somebody asks for a check without
 * shortcuts. A change of the spec makes Flux begin anew by itself.
 */
export function retryToken<T extends KubeObject>(
  live: T | undefined,
  desired: T,
  { force, attempts }: { readonly force: boolean; readonly attempts: Attempts<T> },
): string | undefined {
  if (live === undefined || !attempts.areInVain(live)) {
    return undefined;
  }
  const revision = inputsOf(desired) ?? "";
  const isChanged = revision !== inputsOf(live) && isUpToMark(live, desired);
  // The version of the object makes the token another one each time, even when nothing but the wish is new.
  return force || isChanged ? `${revision}.${live.metadata.resourceVersion ?? ""}` : undefined;
}
