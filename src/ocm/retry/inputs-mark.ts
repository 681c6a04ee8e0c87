import type { HelmRelease } from "../../flux/helm-release.ts";
import { readRelease } from "../../flux/readiness.ts";
import { isApplied } from "../../runtime/owned-fields.ts";
import { OCM_GROUP } from "../api/group.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import { isGivenUp } from "./is-given-up.ts";

/** Annotation of a HelmRelease: revision of the operator's settings when Flux began its last series of attempts. */
export const INPUTS_MARK: string = `${OCM_GROUP}/inputs`;

const WISH = "to-be-repeated";

/**
 * Marks what is wanted of a release with the revision of the operator's settings. Pure.
 *
 * The mark moves when a new series of attempts begins. While Flux is at work, or done, settings that leave the spec as
 * it is are none of its business, and cost no write.
 */
export function markInputs(desired: HelmRelease, live: HelmRelease | undefined, revision: string): HelmRelease {
  const stays = live !== undefined && !isGivenUp(live) && isUpToMark(live, desired);
  return withMark(desired, stays ? inputsOf(live) : revision);
}

/**
 * Has somebody's wish for a check without shortcuts count even if Flux gives up only now, or has a moment ago. Pure.
 *
 * The mark then names no settings, so that those attempts are repeated once whatever the settings are.
 */
export function markWish(
  desired: HelmRelease,
  live: HelmRelease | undefined,
  { force }: { readonly force: boolean },
): HelmRelease {
  return force && readRelease(live, undefined).state === "failing" ? withMark(desired, WISH) : desired;
}

/** Reads the mark. */
export function inputsOf({ metadata }: HelmRelease): string | undefined {
  return metadata.annotations?.[INPUTS_MARK];
}

/** Whether a release is as it is wanted, but for the mark. */
export function isUpToMark(live: HelmRelease, desired: HelmRelease): boolean {
  return isApplied(live, withMark(desired, inputsOf(live)), FIELD_MANAGER);
}

function withMark({ metadata, ...release }: HelmRelease, mark: string | undefined): HelmRelease {
  const { annotations: { [INPUTS_MARK]: _before, ...others } = {}, ...rest } = metadata;
  const annotations = mark === undefined ? others : { ...others, [INPUTS_MARK]: mark };
  return { ...release, metadata: Object.keys(annotations).length === 0 ? rest : { ...rest, annotations } };
}
