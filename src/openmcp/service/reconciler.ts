import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { ConflictError } from "../../kube/errors.ts";
import { isGone, isTerminating } from "../../kube/object.ts";
import { keep } from "../../runtime/conditions.ts";
import type { Retry } from "../../runtime/controller.ts";
import { StalledError } from "../../runtime/errors.ts";
import type { EventRecorder } from "../../runtime/events.ts";
import { Failures } from "../../runtime/failures.ts";
import { addFinalizer, removeFinalizer } from "../../runtime/finalizer.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Log } from "../../runtime/log.ts";
import type { Tracer } from "../../runtime/tracing.ts";
import { BusyServers } from "./busy-servers.ts";
import { detailsOf, dropReadyOfFollowers, follow, withoutFollows } from "./follower.ts";
import { forgetGone } from "./forget-gone.ts";
import { observeFirstReady, observeRemoved } from "./observe-tenant.ts";
import { requestedOperation, consumeReconcile } from "./operation.ts";
import { finalizerOf, isHeld, type Served, type ServedKind } from "./served.ts";
import type { Pass, PassOutcome, Service } from "./service.ts";
import { StatusDebounce, soonest } from "./status-debounce.ts";
import {
  type ServiceObject,
  concludeError,
  concludeOutcome,
  READY_REASONS,
  type Conclusion,
  statusPatch,
} from "./status.ts";
import type { TenantObserver } from "./tenant-figures.ts";
import { logEnd, recordTransitions } from "./transitions.ts";

/** Another object leads, or there is none any more: the pass over this one ends, and the next one begins. */
class HandedOver extends Error {
  override readonly name = "HandedOver";
}

/**
 * Returns the reconcile function of a service: a fixed frame around `ensure` and `remove`.
 *
 * The operation annotation comes first, the finalizer before the first effect, the status once at the end, and the
 * finalizer is taken away last. All objects under a key belong to one installation, for which the one that leads speaks.
 */
export function createReconciler<T extends ServiceObject>(
  service: Service<T>,
  given: Omit<PassDeps<T>, "debounce" | "failures" | "busyServers">,
): (key: string, signal: AbortSignal) => Promise<Retry> {
  const debounce = new StatusDebounce();
  const busyServers = new BusyServers(given);
  const deps: PassDeps<T> = { ...given, debounce, failures: new Failures(), busyServers };
  const conflicts = new Map<string, number>();
  const forgetEarlier = forgetGone(deps.served, (key) => {
    deps.reconcileRequests.delete(key);
    conflicts.delete(key);
    debounce.forget(key);
    busyServers.forget(key);
    service.forget?.(key);
  });
  const lead = passOver(service, deps, conflicts);
  return async (key, signal) => {
    forgetEarlier(key);
    const leader = deps.served.get(key);
    if (leader === undefined) {
      return "never";
    }
    try {
      const retry = (await isIdle(service, leader, signal)) ? "never" : await lead(leader, signal);
      const onAsked = (asked: string): void => void deps.reconcileRequests.add(asked);
      const retries = await follow(key, { ...deps, comparison: service.comparison, onAsked, signal });
      busyServers.forget(key);
      return soonest([retry, ...retries]);
    } catch (error) {
      if (!signal.aborted && busyServers.areToBlame(key, error)) {
        return { afterMs: busyServers.nextWaitMs(key, error) };
      }
      // No object tells of it: its status could not be written.
      if (error instanceof Error && !signal.aborted) {
        deps.onFailure(leader, error);
      }
      throw error;
    }
  };
}

/** Returns the function that makes a pass over an object. `conflicts` has, by key, the time of the first conflict in a row. */
function passOver<T extends ServiceObject>(
  service: Service<T>,
  deps: PassDeps<T>,
  conflicts: Map<string, number>,
): (object: T, signal: AbortSignal) => Promise<Retry> {
  return async (object, signal) => {
    const key = keyOf(object);
    const pass = new ServicePass(service, deps, { object, signal });
    try {
      const retry = await pass.run();
      conflicts.delete(key);
      return retry;
    } catch (error) {
      if (!(error instanceof ConflictError)) {
        conflicts.delete(key);
        throw error;
      }
      const now = deps.clock.now();
      const since = conflicts.get(key) ?? now;
      conflicts.set(key, since);
      return pass.concludeConflict(error, now - since);
    }
  };
}

/** Whether an object is left as it is for now. */
async function isIdle<T extends ServiceObject>(service: Service<T>, object: T, signal: AbortSignal): Promise<boolean> {
  const isPaused = async (): Promise<boolean> => (await service.isPaused?.(object, signal)) ?? false;
  return requestedOperation(object) === "ignore" || (!isTerminating(object) && (await isPaused()));
}

type Details = Readonly<Record<string, unknown>>;

const CONFLICT_RETRY_MS = 200;
/** Until then the newest version of an object can be expected to have come by watch. */
const LASTING_CONFLICT_MS = 10_000;

/** What the passes over all objects of a service work with. */
type PassDeps<T extends ServiceObject> = {
  readonly client: KubeClient;
  readonly served: Served<T>;
  /** Whether an object may move to another process. */
  readonly isShared: boolean;
  readonly events: EventRecorder;
  readonly clock: Clock;
  /** Yields numbers in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  readonly tracer?: Tracer | undefined;
  /** Told why a pass has failed. */
  readonly onFailure: (object: T, error: Error) => void;
  /** Told of what becomes of the installations. */
  readonly observeTenants?: Pick<TenantObserver, "firstReady" | "removed">;
  /** Keys of objects that the next pass shall check without shortcuts. One that fails leaves that to the next. */
  readonly reconcileRequests: Set<string>;
  readonly debounce: StatusDebounce;
  readonly failures: Failures;
  readonly busyServers: BusyServers;
};

/** One pass over one object. `#object` is always the newest version this pass has seen or written. */
class ServicePass<T extends ServiceObject> {
  readonly #service: Service<T>;
  readonly #deps: PassDeps<T>;
  readonly #signal: AbortSignal;
  readonly #kind: ServedKind<T>;
  #object: T;

  constructor(service: Service<T>, deps: PassDeps<T>, start: { readonly object: T; readonly signal: AbortSignal }) {
    this.#service = service;
    this.#deps = deps;
    this.#kind = deps.served.kindOf(start.object);
    this.#object = start.object;
    this.#signal = start.signal;
  }

  async run(): Promise<Retry> {
    let outcome: PassOutcome | undefined;
    try {
      outcome = await this.#act();
    } catch (error) {
      const isForNow = error instanceof ConflictError || this.#deps.busyServers.areToBlame(this.#key, error);
      if (this.#signal.aborted || isForNow || !(error instanceof Error)) {
        throw error;
      }
      return error instanceof HandedOver ? { afterMs: 0 } : this.#report(error);
    }
    return outcome === undefined ? "never" : this.#conclude(outcome);
  }

  /**
   * Concludes a pass that has met a conflict, the first of them in a row so long ago.
   *
   * The object has changed under us: its newest version comes by watch and is looked at then. A conflict that goes on is
   * a failure as any other; when it keeps the status from being written, an Event tells of it.
   */
  async concludeConflict(error: ConflictError, lastingMs: number): Promise<Retry> {
    if (lastingMs === 0) {
      return { afterMs: CONFLICT_RETRY_MS };
    }
    if (lastingMs < LASTING_CONFLICT_MS) {
      return "backoff";
    }
    try {
      return await this.#report(error);
    } catch (unwritten) {
      if (!(unwritten instanceof ConflictError)) {
        throw unwritten;
      }
      const message = this.#afterError(error).conditions[0]?.message ?? "";
      const { events, client } = this.#deps;
      events.record(client, this.#object, { type: "Warning", reason: READY_REASONS.error, message });
      return "backoff";
    }
  }

  /** Takes the object as far as it goes now; undefined when there is nothing to do or to say any more. */
  async #act(): Promise<PassOutcome | undefined> {
    if (requestedOperation(this.#object) === "reconcile" && !(await this.#consumeReconcile())) {
      return undefined;
    }
    const { reconcileRequests } = this.#deps;
    const force = reconcileRequests.delete(this.#key);
    try {
      return this.#deleting ? await this.#remove(force) : await this.#ensure(force);
    } catch (error) {
      if (force) {
        reconcileRequests.add(this.#key);
      }
      throw error;
    }
  }

  async #ensure(force: boolean): Promise<PassOutcome> {
    const problems = this.#service.problemsOf(this.#object);
    if (problems.length > 0) {
      throw new StalledError("InvalidObject", problems.join("; "));
    }
    if (!isHeld(this.#object)) {
      const { resource } = this.#kind;
      const finalizer = finalizerOf(this.#object);
      this.#saw(await addFinalizer<T>(this.#deps.client, resource, this.#object, finalizer, this.#signal), "changed");
    }
    return this.#service.ensure(this.#object, this.#pass(force));
  }

  async #remove(force: boolean): Promise<PassOutcome | undefined> {
    if (!isHeld(this.#object)) {
      return undefined;
    }
    const { client, served, isShared } = this.#deps;
    // Another shard may have ended this removal: what is there then is that of an object made since.
    if (isShared && !(await served.refresh(client, this.#object, this.#signal))) {
      throw new HandedOver("the object is gone");
    }
    const outcome = await this.#service.remove(this.#object, this.#pass(force));
    if (outcome !== "removed") {
      return outcome;
    }
    const { resource, store } = this.#kind;
    const left = await removeFinalizer<T>(client, resource, this.#object, finalizerOf(this.#object), this.#signal);
    observeRemoved(this.#deps, this.#object);
    if (left === undefined || isGone(left)) {
      // The events of what was removed would begin another pass over it.
      store.ended(this.#object);
      logEnd(this.#deps, this.#object);
    } else {
      store.written(left);
    }
    return undefined;
  }

  #conclude(outcome: PassOutcome): Promise<Retry> {
    const { reports, details = {}, summary = reports.at(-1)?.message ?? "", isStep = false } = outcome;
    const { retry = { afterMs: this.#service.pollIntervalMs() } } = outcome;
    return this.#finish({ ...concludeOutcome({ reports, details, summary, retry, isStep }, this.#deleting), details });
  }

  #report(error: Error): Promise<Retry> {
    this.#deps.tracer?.failed(error);
    this.#deps.onFailure(this.#object, error);
    return this.#finish(this.#afterError(error), error);
  }

  async #finish(conclusion: Conclusion & { readonly details: Details }, error?: Error): Promise<Retry> {
    const { debounce, clock } = this.#deps;
    const before = this.#object;
    const { isFailure, retry } = conclusion;
    const patch = this.#statusPatch(conclusion, conclusion.details);
    const wait = patch && debounce.wait(before, conclusion, clock.now());
    if (wait === undefined) {
      await this.#writeStatus(patch);
    }
    recordTransitions(this.#deps, { before, after: this.#object, isFailure, error });
    if (wait !== undefined) {
      return soonest([wait, retry]);
    }
    observeFirstReady(this.#deps, before, this.#object);
    return retry;
  }

  #statusPatch(conclusion: Pick<Conclusion, "conditions">, details: Details): object | undefined {
    return statusPatch(this.#object, conclusion, { details, now: new Date(this.#deps.clock.now()) });
  }

  async #writeStatus(patch: object | undefined): Promise<void> {
    const { client, debounce } = this.#deps;
    debounce.forget(this.#key);
    if (patch !== undefined) {
      const options = { subresource: "status", signal: this.#signal } as const;
      this.#saw(await client.mergePatch(this.#kind.resource, this.#object.metadata, patch, options), "changed");
    }
  }

  async #consumeReconcile(): Promise<boolean> {
    const { reconcileRequests, client } = this.#deps;
    const onAsked = (): void => void reconcileRequests.add(this.#key);
    const newest = await consumeReconcile(client, this.#kind.resource, this.#object, {
      signal: this.#signal,
      onAsked,
    });
    if (newest !== undefined) {
      this.#saw(newest);
    }
    return newest !== undefined && requestedOperation(newest) !== "ignore";
  }

  async #dropReady(): Promise<void> {
    await this.#dropOwnReady();
    const { comparison } = this.#service;
    await dropReadyOfFollowers(this.#object, { ...this.#deps, comparison, signal: this.#signal });
  }

  async #dropReadySoon(): Promise<void> {
    const { debounce, clock } = this.#deps;
    if (!debounce.hold(this.#object, clock.now())) {
      await this.#dropReady();
    }
  }

  async #dropOwnReady(): Promise<void> {
    const [ready, ...others] = withoutFollows(this.#object.status?.conditions ?? []);
    if (ready?.type !== "Ready" || ready.status !== "True") {
      return;
    }
    const reason = READY_REASONS.progress;
    const dropped = { type: "Ready", status: "False", reason, message: "applying a change" } as const;
    const before = this.#object;
    await this.#writeStatus(this.#statusPatch({ conditions: [dropped, ...others.map(keep)] }, this.#detailsNow));
    recordTransitions(this.#deps, { before, after: this.#object, isFailure: false });
  }

  #afterError(error: Error): Conclusion & { readonly details: Details } {
    // Of an object that is none of its kind nothing can be said.
    const isValid = this.#service.problemsOf(this.#object).length === 0;
    const known = isValid ? this.#service.known?.(this.#object) : undefined;
    const { reports: certain, details } = known ?? { reports: [], details: this.#detailsNow };
    const conditions = withoutFollows(this.#object.status?.conditions ?? []);
    return { ...concludeError(error, { conditions, certain, deleting: this.#deleting }), details };
  }

  #pass(force: boolean): Pass {
    return {
      force,
      signal: this.#signal,
      dropReady: () => this.#dropReady(),
      dropReadySoon: () => this.#dropReadySoon(),
      confirmLast: () => this.#confirmLast(),
    };
  }

  async #confirmLast(): Promise<void> {
    const { client, served } = this.#deps;
    await served.refreshOthers(client, this.#object, this.#signal);
    if (served.get(this.#key)?.metadata.uid !== this.#object.metadata.uid) {
      throw new HandedOver("another object leads");
    }
  }

  #saw(object: T, how: "written" | "changed" = "written"): void {
    this.#object = object;
    this.#kind.store[how](object);
  }

  get #detailsNow(): Details {
    return detailsOf(this.#object);
  }

  get #key(): string {
    return keyOf(this.#object);
  }

  get #deleting(): boolean {
    return isTerminating(this.#object);
  }
}
