import type { HelmRelease } from "../../flux/helm-release.ts";
import { readRelease } from "../../flux/readiness.ts";
import type { KubeObject } from "../../kube/object.ts";
import { isApplied } from "../../runtime/managed-fields.ts";
import { ANNOTATIONS } from "../annotations.ts";
import { FIELD_MANAGER } from "../field-manager.ts";
import type { Attempts } from "./attempts.ts";

const WISH = "to-be-repeated";

/**
 * Marks what is wanted of a Flux object with the revision of the operator's settings. Pure.
 *
 * The mark moves when a new series of attempts begins. While Flux is at work, or done, settings that leave the spec as
 * it is are none of its business, and cost no write.
 */
export function markInputs<T extends KubeObject>(
  desired: T,
  live: T | undefined,
  { revision, attempts }: { readonly revision: string; readonly attempts: Attempts<T> },
): T {
  const stays = live !== undefined && !attempts.areInVain(live) && isUpToMark(live, desired);
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
export function inputsOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[ANNOTATIONS.inputs];
}

/** Whether an object is as it is wanted, but for the mark. */
export function isUpToMark<T extends KubeObject>(live: T, desired: T): boolean {
  return isApplied(live, withMark(desired, inputsOf(live)), FIELD_MANAGER);
}

/** The same object with another mark. */
export function withMark<T extends KubeObject>(object: T, mark: string | undefined): T {
  const { annotations: { [ANNOTATIONS.inputs]: _before, ...others } = {}, ...rest } = object.metadata;
  const annotations = mark === undefined ? others : { ...others, [ANNOTATIONS.inputs]: mark };
  return { ...object, metadata: Object.keys(annotations).length === 0 ? rest : { ...rest, annotations } };
}
