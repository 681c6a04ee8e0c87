import { isDeepStrictEqual } from "node:util";

import type { KubeClient } from "../../kube/client.ts";
import { AlreadyExistsError, ConflictError } from "../../kube/errors.ts";
import { isRecord } from "../../kube/json.ts";
import { isTerminating, type ObjectRef } from "../../kube/object.ts";
import { apiVersionOf, type Resource } from "../../kube/resource.ts";
import { findCondition } from "../../runtime/conditions.ts";
import { lookForEndOf, type Sighting, waitForObject, type WaitDeps } from "../platform/wait-for-object.ts";
import { OPERATION_ANNOTATION, requestedOperation } from "../service/operation.ts";
import { FOLLOWS } from "../service/follower.ts";
import { isHeld } from "../service/served.ts";
import type { ServiceObject } from "../service/status.ts";
import { describeError } from "../command/describe-error.ts";

/** An object that can be moved to another API group: an end user's, or a ProviderConfig. */
export type Movable = ServiceObject & { readonly spec?: unknown };

/** From where to where the objects of one kind are moved. */
export type Route = {
  readonly client: KubeClient;
  readonly from: Resource<Movable>;
  readonly to: Resource<Movable>;
  /** Whether the provider holds a finalizer on the object that leads. */
  readonly hasFinalizer: boolean;
};

/** The end of a move: the steps that were taken, in words, and the reason why there were no more. */
export type Outcome = { readonly end: "migrated" | "skipped" | "failed"; readonly steps: readonly string[] };

/** The next step for an object. */
export type Plan =
  | { readonly do: "create"; readonly object: Movable }
  | { readonly do: "handOver"; readonly object: Movable; readonly twin: Movable }
  | { readonly do: "leave"; readonly outcome: Outcome };

const EXISTS = "exists already";

/** Decides the next step for an object, from the object and its twin in the other API group. Pure. */
export function planOf(object: Movable | undefined, twin: Movable | undefined): Plan {
  if (object === undefined) {
    return leave("migrated", "gone already");
  }
  const ignored = [object, twin].find(isIgnored);
  if (ignored !== undefined) {
    return leave("skipped", `skipped: ${noteOnIgnored(ignored)}`);
  }
  // With a twin that stays, the deletion is the last step of the move.
  if (isTerminating(object) && (twin === undefined || isTerminating(twin))) {
    return leave("skipped", "skipped: is being deleted");
  }
  if (twin === undefined) {
    return { do: "create", object };
  }
  return isTerminating(twin)
    ? leave("failed", `failed: ${twin.apiVersion} is being deleted, repeat the command when it is gone`)
    : { do: "handOver", object, twin };
}

function isIgnored(object: Movable | undefined): object is Movable {
  return object !== undefined && requestedOperation(object) === "ignore";
}

function noteOnIgnored({ apiVersion }: Movable): string {
  return `${apiVersion} has the annotation ${OPERATION_ANNOTATION}: ignore`;
}

function refuseIgnored(object: Movable | undefined): void {
  if (isIgnored(object)) {
    throw new Error(noteOnIgnored(object));
  }
}

function leave(end: Outcome["end"], step: string): Plan {
  return { do: "leave", outcome: { end, steps: [step] } };
}

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Makes the twin of an object in another API group, without annotations that concern the object alone. */
export function twinOf({ metadata, spec }: Movable, to: Resource): Movable {
  const { name, namespace, labels, annotations = {}, ownerReferences } = metadata;
  const kept = Object.entries(annotations).filter(([key]) => key !== LAST_APPLIED && key !== OPERATION_ANNOTATION);
  return {
    apiVersion: apiVersionOf(to),
    kind: to.kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels && { labels }),
      ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
      ...(ownerReferences && { ownerReferences }),
    },
    ...(spec !== undefined && { spec }),
  };
}

/** Looks for an object that the provider has stopped serving, because its twin leads. Throws when it is to be ignored. */
export function lookForFollower({ to, hasFinalizer }: Pick<Route, "to" | "hasFinalizer">) {
  return (object: Movable | undefined): Sighting<Movable | undefined> => {
    refuseIgnored(object);
    if (object === undefined || isTerminating(object)) {
      return { found: object };
    }
    const follows = findCondition(object.status?.conditions, FOLLOWS);
    const isFollower = follows !== undefined && follows.observedGeneration === object.metadata.generation;
    return isFollower && !(hasFinalizer && isHeld(object))
      ? { found: object }
      : { waitingFor: `the provider to hand over to ${to.kind}.${to.group}; is the provider running?` };
  };
}

/** Looks for a twin that the provider serves. Throws when it is gone or about to go, and when it is to be ignored. */
export function lookForLeader({ to, hasFinalizer }: Pick<Route, "to" | "hasFinalizer">) {
  return (twin: Movable | undefined): Sighting<Movable> => {
    refuseIgnored(twin);
    if (twin === undefined || isTerminating(twin)) {
      throw new Error(`${to.kind}.${to.group} was deleted meanwhile`);
    }
    return !hasFinalizer || isHeld(twin)
      ? { found: twin }
      : { waitingFor: `the provider to serve ${to.kind}.${to.group}; is the provider running?` };
  };
}

/** How objects are moved. */
export type MoveDeps = WaitDeps & {
  readonly isDryRun: boolean;
  /** For each step of each object. */
  readonly timeoutMs: number;
  /** Manager of the fields of what is created. Policies of the provider admit whatever it writes. */
  readonly fieldManager: string;
};

/**
 * Moves one object: creates its twin in the other API group, waits until the provider has handed over, deletes the
 * object, and waits until it is gone.
 *
 * May be repeated after any of these steps. Never rejects.
 */
export async function moveObject(route: Route, ref: ObjectRef, deps: MoveDeps): Promise<Outcome> {
  const { client, from, to } = route;
  const steps: string[] = [];
  try {
    const plan = planOf(await client.find(from, ref, deps.signal), await client.find(to, ref, deps.signal));
    if (plan.do === "leave") {
      return plan.outcome;
    }
    if (deps.isDryRun) {
      return { end: "migrated", steps: announce(plan) };
    }
    steps.push(plan.do === "create" ? await createTwin(route, plan.object, deps) : EXISTS);
    for await (const step of replace(route, ref, deps)) {
      steps.push(step);
    }
    return { end: "migrated", steps };
  } catch (error) {
    const why = deps.signal.aborted ? "interrupted" : describeError(error);
    return { end: "failed", steps: [...steps, `failed: ${why}`] };
  }
}

function announce(plan: Exclude<Plan, { readonly do: "leave" }>): readonly string[] {
  return plan.do === "create"
    ? ["would be created", "handed over", "removed"]
    : [EXISTS, "would be handed over", removalOf(plan.object, plan.twin)];
}

async function createTwin(
  { client, from, to }: Route,
  object: Movable,
  { signal, fieldManager }: MoveDeps,
): Promise<string> {
  const twin = await client.create(to, twinOf(object, to), signal, fieldManager).catch((error: unknown) => {
    if (error instanceof AlreadyExistsError) {
      return undefined;
    }
    throw error;
  });
  if (twin === undefined) {
    return EXISTS;
  }
  const current = await client.find(from, object.metadata, signal);
  if (current?.metadata.uid === object.metadata.uid && !isTerminating(current)) {
    return "created";
  }
  // Whoever has deleted the object did not know of a twin, and wants none.
  await client.deleteIfExists(to, twin, { signal });
  throw new Error("it was deleted while its twin was created, so its twin is deleted too");
}

/** How often the removal is begun anew because somebody has just written the object. */
const ATTEMPTS = 10;

/** Yields each step that was taken. */
async function* replace(route: Route, ref: ObjectRef, deps: MoveDeps): AsyncGenerator<string> {
  const { client, from, to } = route;
  const waitFor = <R>(resource: Resource<Movable>, look: (found: Movable | undefined) => Sighting<R>): Promise<R> =>
    waitForObject({ client, resource, ref, look, timeoutMs: deps.timeoutMs }, deps);
  for (let attempt = 1; ; attempt += 1) {
    const object = await waitFor(from, lookForFollower(route));
    const twin = await waitFor(to, lookForLeader(route));
    if (attempt === 1) {
      yield "handed over";
    }
    if (object === undefined) {
      yield "gone already";
      return;
    }
    if (await deleteUnchanged(route, object, { ...deps, isLast: attempt === ATTEMPTS })) {
      if ((await waitFor(from, lookForEndOf(object))) !== undefined) {
        throw new Error(`somebody has created it again: change what creates objects of ${from.group}`);
      }
      yield removalOf(object, twin);
      return;
    }
  }
}

/** Returns whether it was deleted. A write since the last look may be a reason to leave the object. */
async function deleteUnchanged(
  { client, from }: Route,
  object: Movable,
  { signal, isLast }: { readonly signal: AbortSignal; readonly isLast: boolean },
): Promise<boolean> {
  try {
    await client.deleteIfExists(from, object, { onlyUnchanged: true, signal });
    return true;
  } catch (error) {
    if (error instanceof ConflictError && !isLast) {
      return false;
    }
    throw error;
  }
}

/** In words. The spec of a follower is not in force, so nothing changes by the removal of one that differs. */
function removalOf(object: Movable, twin: Movable): string {
  const [left, right] = [fieldsOf(object), fieldsOf(twin)];
  const differing = [...new Set([...Object.keys(left), ...Object.keys(right)])]
    .filter((field) => !isDeepStrictEqual(left[field], right[field]))
    .map((field) => `spec.${field}`);
  return differing.length === 0 ? "removed" : `removed (differing: ${differing.join(", ")})`;
}

function fieldsOf({ spec }: Movable): Readonly<Record<string, unknown>> {
  return isRecord(spec) ? spec : {};
}
