import type { HelmRelease } from "../flux/helm-release.ts";
import { inActionSince, untriedSince } from "../flux/readiness.ts";
import type { OCIRepository } from "../flux/oci-repository.ts";
import type { KubeObject } from "../kube/object.ts";
import { SHARD_LABEL } from "../openmcp/service/shards.ts";
import { FIELD_MANAGER } from "./field-manager.ts";

/** Flux gives an action of Helm five minutes: after twice of that nobody runs it any more. */
const LONGEST_ACTION_MS = 10 * 60_000;
/** A helm-controller that runs begins with a new chart long before. */
const LONGEST_START_MS = 10_000;

/**
 * Returns the shard of Flux's controllers for the objects of a tenant. Pure.
 *
 * While Helm runs an action for the release, or is about to, the objects stay where they are: a helm-controller whose
 * release has left its shard cannot write down what came of the action, and the one of the other shard would begin
 * another.
 */
export function fluxShardOf(
  wanted: string | undefined,
  { release, source, nowMs }: FluxSight & { readonly nowMs: number },
): string | undefined {
  const isWithin = (since: string | undefined, longestMs: number): boolean =>
    since !== undefined && nowMs - Date.parse(since) < longestMs;
  const isHeld =
    isWithin(inActionSince(release), LONGEST_ACTION_MS) || isWithin(untriedSince(release, source), LONGEST_START_MS);
  return release !== undefined && isHeld ? shardIn(release) : wanted;
}

/** What Flux says of an installation. */
type FluxSight = { readonly release: HelmRelease | undefined; readonly source: OCIRepository | undefined };

/** The shard label that an object still needs; `undefined` when it is as wanted. Pure. */
export function changeOfShard(live: KubeObject, wanted: string | undefined): string | null | undefined {
  const isRight = shardIn(live) === wanted || (wanted === undefined && !isShardOurs(live));
  return isRight ? undefined : (wanted ?? null);
}

function shardIn(object: KubeObject | undefined): string | undefined {
  return object?.metadata.labels?.[SHARD_LABEL];
}

// Without a key, a label that an operator has set stays.
function isShardOurs({ metadata: { managedFields = [] } }: KubeObject): boolean {
  return managedFields.some(
    ({ manager, fieldsV1 }) => manager === FIELD_MANAGER && JSON.stringify(fieldsV1).includes(`"f:${SHARD_LABEL}"`),
  );
}
