import { isDeepStrictEqual } from "node:util";

import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { ConflictError, ForbiddenError, InvalidError, NotFoundError } from "../../kube/errors.ts";
import { type Condition, isGone, isTerminating, type KubeObject } from "../../kube/object.ts";
import { groupOf } from "../../kube/resource.ts";
import { findCondition, type WantedCondition } from "../../runtime/conditions.ts";
import type { Retry } from "../../runtime/controller.ts";
import type { EventRecorder } from "../../runtime/events.ts";
import { removeFinalizer } from "../../runtime/finalizer.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Log } from "../../runtime/log.ts";
import { consumeReconcile, OPERATION_ANNOTATION, requestedOperation } from "./operation.ts";
import { finalizerOf, isHeld, type Served } from "./served.ts";
import { READY_REASONS, type ServiceObject, statusPatch } from "./status.ts";
import { logEnd, recordTransitions } from "./transitions.ts";

/** Condition of an object that follows another one. */
export const FOLLOWS = "Follows";

/** Reasons of that condition. */
export const FOLLOW_REASONS = { same: "LedByOtherGroup", other: "LeaderDiffers" } as const;

/** Dependencies of `follow`. */
export type FollowDeps<T extends ServiceObject> = StatusDeps<T> & {
  /** Requests a check without shortcuts of the installation under a key. */
  readonly onAsked: (key: string) => void;
};

/** Dependencies of the status writes. */
export type StatusDeps<T extends ServiceObject> = {
  readonly client: KubeClient;
  readonly served: Served<T>;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  readonly comparison: Comparison<T>;
  readonly signal: AbortSignal;
};

/** How the object that follows is compared with the one that leads. */
export type Comparison<T> = {
  /** Whether two objects whose specs differ ask for the same nevertheless. Default: they never do. */
  readonly isSame?: ((one: T, other: T) => boolean) | undefined;
  /** Names what an object asks for, in a few words, as far as that is known. Default: nothing is said. */
  readonly asksFor?: ((object: T) => string | undefined) | undefined;
};

/**
 * Writes the status of each object under a key that follows, and removes the provider's finalizer from it.
 *
 * The leader alone has a finalizer. So whichever object is deleted, the installation stays as long as another one asks
 * for it. Returns for each follower when it needs the next look.
 */
export async function follow<T extends ServiceObject>(key: string, deps: FollowDeps<T>): Promise<readonly Retry[]> {
  const leader = deps.served.get(key);
  if (leader === undefined) {
    return [];
  }
  const followers = deps.served.all(key).filter((object) => object !== leader);
  const retries: Retry[] = [];
  for (const follower of followers.filter((object) => requestedOperation(object) !== "ignore")) {
    retries.push(await followOne({ key, follower, leader }, deps));
  }
  return retries;
}

/**
 * Takes `Ready` back from the other objects under the key of a pass, before a write makes their statuses untrue.
 *
 * Another object may lead by now. This pass still writes for the object that led when it began, so the others follow that.
 */
export async function dropReadyOfFollowers<T extends ServiceObject>(leader: T, deps: StatusDeps<T>): Promise<void> {
  const own = deps.served.kindOf(leader);
  const others = deps.served.all(keyOf(leader)).filter((object) => deps.served.kindOf(object) !== own);
  const followers = others.filter(isReady);
  for (const follower of followers.filter((object) => requestedOperation(object) !== "ignore")) {
    try {
      await writeStatus({ leader, follower }, deps);
    } catch (error) {
      // `follow` reports the refusal. An object that cannot be changed must not block the leader for ever.
      if (!(error instanceof NotFoundError || error instanceof InvalidError || error instanceof ForbiddenError)) {
        throw error;
      }
    }
  }
}

function isReady({ status }: ServiceObject): boolean {
  return findCondition(status?.conditions, "Ready")?.status === "True";
}

type Pair<T> = { readonly leader: T; readonly follower: T };

async function followOne<T extends ServiceObject>(
  { key, follower, leader }: Pair<T> & { readonly key: string },
  deps: FollowDeps<T>,
): Promise<Retry> {
  try {
    const newest = requestedOperation(follower) === "reconcile" ? await consume(key, follower, deps) : follower;
    if (newest === undefined) {
      return "never";
    }
    if (newest !== follower && requestedOperation(newest) !== "reconcile") {
      return { afterMs: 0 };
    }
    const left = await letGo<T>({ leader, follower: newest }, deps);
    if (left !== undefined) {
      await writeStatus({ leader, follower: left }, deps);
    }
    return "never";
  } catch (error) {
    // Its newest version comes by watch.
    if (error instanceof ConflictError) {
      return "backoff";
    }
    if (error instanceof NotFoundError) {
      return "never";
    }
    throw error;
  }
}

/** Returns the newest version of the follower, which keeps the annotation where the server refuses any change of it. */
async function consume<T extends ServiceObject>(
  key: string,
  follower: T,
  { client, served, onAsked, signal }: FollowDeps<T>,
): Promise<T | undefined> {
  const consumption = { signal, onAsked: () => onAsked(key) };
  const newest = await consumeReconcile(client, served.kindOf(follower).resource, follower, consumption);
  if (newest !== undefined) {
    served.written(newest);
  }
  return newest;
}

/** Takes the finalizer off the follower once the server says that the leader has one. Returns what is left of it. */
async function letGo<T extends ServiceObject>(
  { leader, follower }: Pair<T>,
  { client, served, log, signal }: FollowDeps<T>,
): Promise<T | undefined> {
  if (!isHeld(follower) || !isHeld(leader)) {
    return follower;
  }
  const found = await client.find(served.kindOf(leader).resource, leader.metadata, signal);
  if (found === undefined || found.metadata.uid !== leader.metadata.uid || !isHeld(found)) {
    return follower;
  }
  const { resource, store } = served.kindOf(follower);
  const left = await removeFinalizer<T>(client, resource, follower, finalizerOf(follower), signal);
  if (left === undefined || isGone(left)) {
    store.ended(follower);
    logEnd({ log }, follower);
    return undefined;
  }
  store.written(left);
  return left;
}

async function writeStatus<T extends ServiceObject>(pair: Pair<T>, deps: StatusDeps<T>): Promise<void> {
  const { client, served, clock, signal } = deps;
  const { leader, follower } = pair;
  const conditions = conditionsOfFollower(pair, deps.comparison);
  // What was in force before the leader is told by the follower alone until the leader has a status.
  const details = detailsOf(leader.status === undefined ? follower : leader);
  const patch = statusPatch(follower, { conditions }, { details, now: new Date(clock.now()) });
  if (patch === undefined) {
    return;
  }
  const { resource, store } = served.kindOf(follower);
  const written = await client.mergePatch(resource, follower.metadata, patch, { subresource: "status", signal });
  store.changed(written);
  const isFailure = conditions[0]?.reason === READY_REASONS.error;
  recordTransitions(deps, { before: follower, after: written, isFailure });
}

const NO_STATUS = { observedGeneration: 0, phase: "Progressing", conditions: [] } as const;

/** The fields of a status that are the provider's own. */
export function detailsOf({ status }: ServiceObject): Readonly<Record<string, unknown>> {
  const { observedGeneration: _1, phase: _2, conditions: _3, ...details } = status ?? NO_STATUS;
  return details;
}

/**
 * The conditions of an object that follows, `Ready` first. Pure.
 *
 * They are the leader's if both ask for the same. The object is never Ready for anything that is not there.
 */
export function conditionsOfFollower<T extends ServiceObject>(
  pair: Pair<T>,
  { isSame, asksFor }: Comparison<T>,
): readonly WantedCondition[] {
  const { leader, follower } = pair;
  if (isTerminating(follower)) {
    return [notReady(READY_REASONS.deletion, whyNotGone(leader))];
  }
  if (!hasSameSpec(leader, follower) && isSame?.(leader, follower) !== true) {
    const message = describeDifference(pair, asksFor);
    return [
      notReady(READY_REASONS.error, message),
      { type: FOLLOWS, status: "False", reason: FOLLOW_REASONS.other, message },
    ];
  }
  const message =
    `the ${nameOf(leader)} with the same name leads and asks for the same: change that one; ` +
    `this one can be deleted, and nothing is uninstalled by that`;
  const unserved = notReady(READY_REASONS.progress, `waiting for the ${noted(leader)} to be served`);
  const [ready = unserved, ...others] = conditionsOf(leader);
  return [ready, { type: FOLLOWS, status: "True", reason: FOLLOW_REASONS.same, message }, ...others];
}

function notReady(reason: string, message: string): WantedCondition {
  return { type: "Ready", status: "False", reason, message };
}

function whyNotGone(leader: KubeObject): string {
  return isHeld(leader)
    ? `the ${nameOf(leader)} has taken the installation over: waiting for others to remove their finalizers`
    : `waiting for the ${noted(leader)} to take the installation over`;
}

function describeDifference<T extends ServiceObject>(
  { leader, follower }: Pair<T>,
  asksFor: Comparison<T>["asksFor"],
): string {
  const [asked = "what this object asks for", given] = [asksFor?.(follower), asksFor?.(leader)];
  return (
    `the ${nameOf(leader)} with the same name leads${given === undefined ? "" : ` and asks for ${given}`}: ` +
    `${asked} is not in effect; make both the same, or delete one of them: nothing is uninstalled by that`
  );
}

function nameOf({ kind, apiVersion }: KubeObject): string {
  return `${kind} of API group ${groupOf(apiVersion)}`;
}

/** The name of a leader that does not hold the installation yet, with the reason if somebody has stopped it. */
function noted(leader: KubeObject): string {
  const isIgnored = requestedOperation(leader) === "ignore";
  return `${nameOf(leader)}${isIgnored ? `, which has the annotation ${OPERATION_ANNOTATION}: ignore,` : ""}`;
}

// A status of an earlier generation does not describe the spec that both objects have now.
function conditionsOf({ status, metadata }: ServiceObject): readonly WantedCondition[] {
  const conditions = status?.conditions ?? [];
  return status?.observedGeneration === metadata.generation
    ? withoutFollows(conditions).map(({ type, status: value, reason, message }) => ({
        type,
        status: value,
        reason,
        message,
      }))
    : [];
}

/** The conditions without that of an object that follows. */
export function withoutFollows(conditions: readonly Condition[]): readonly Condition[] {
  return conditions.filter(({ type }) => type !== FOLLOWS);
}

function hasSameSpec(one: KubeObject, other: KubeObject): boolean {
  return isDeepStrictEqual(specOf(one), specOf(other));
}

function specOf(object: KubeObject & { readonly spec?: unknown }): unknown {
  return object.spec;
}
