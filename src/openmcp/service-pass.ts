import type { KubeClient } from "../kube/client.ts";
import { ConflictError } from "../kube/errors.ts";
import type { Clock } from "../kube/clock.ts";
import type { Retry } from "../runtime/controller.ts";
import { StalledError } from "../runtime/errors.ts";
import type { EventRecorder } from "../runtime/events.ts";
import { keep } from "../runtime/conditions.ts";
import { addFinalizer, removeFinalizer } from "../runtime/finalizer.ts";
import { keyOf } from "../runtime/key.ts";
import type { Log } from "../runtime/log.ts";
import type { Store } from "../runtime/store.ts";
import { concludeError, concludeOutcome, READY_REASONS, type Conclusion, type Outcome } from "./conclude.ts";
import { consumeReconcile, requestedOperation } from "./operation.ts";
import { recordTransitions } from "./record-transitions.ts";
import { noLaterThan, type SmallProgress } from "./small-progress.ts";
import type { Pass, Service } from "./service.ts";
import { statusPatch, type ServiceObject, type ServiceStatus } from "./service-status.ts";

const NO_STATUS: ServiceStatus = { observedGeneration: 0, phase: "Progressing" };
const CONFLICT_RETRY_MS = 200;
/** Until then the newest version of an object can be expected to have come by watch. */
const LASTING_CONFLICT_MS = 10_000;

/** What the passes over all objects of a service work with. */
export type PassDeps<T extends ServiceObject> = {
  readonly client: KubeClient;
  readonly store: Store<T>;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  /** Told why a pass has failed. */
  readonly onFailure: (object: T, error: Error) => void;
  /** Keys of objects that the next pass shall check without shortcuts. One that fails leaves that to the next. */
  readonly wishes: Set<string>;
  readonly progress: SmallProgress;
};

/** One pass over one object. `#object` is always the newest version this pass has seen or written. */
export class ServicePass<T extends ServiceObject> {
  readonly #service: Service<T>;
  readonly #deps: PassDeps<T>;
  readonly #signal: AbortSignal;
  #object: T;

  constructor(service: Service<T>, deps: PassDeps<T>, start: { readonly object: T; readonly signal: AbortSignal }) {
    this.#service = service;
    this.#deps = deps;
    this.#object = start.object;
    this.#signal = start.signal;
  }

  async run(): Promise<Retry> {
    let outcome: Outcome | undefined;
    try {
      outcome = await this.#act();
    } catch (error) {
      if (this.#signal.aborted || error instanceof ConflictError || !(error instanceof Error)) {
        throw error;
      }
      return this.#report(error);
    }
    return outcome === undefined
      ? "never"
      : this.#finish({ ...concludeOutcome(outcome, this.#deleting), details: outcome.details });
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
  async #act(): Promise<Outcome | undefined> {
    if (requestedOperation(this.#object) === "reconcile" && !(await this.#consumeReconcile())) {
      return undefined;
    }
    const { wishes } = this.#deps;
    const force = wishes.delete(this.#key);
    try {
      return this.#deleting ? await this.#remove(force) : await this.#ensure(force);
    } catch (error) {
      if (force) {
        wishes.add(this.#key);
      }
      throw error;
    }
  }

  async #ensure(force: boolean): Promise<Outcome> {
    const problems = this.#service.problemsOf(this.#object);
    if (problems.length > 0) {
      throw new StalledError("InvalidObject", problems.join("; "));
    }
    if (!this.#isHeld) {
      const { client } = this.#deps;
      this.#saw(
        await addFinalizer<T>(client, this.#service.resource, this.#object, this.#service.finalizer, this.#signal),
      );
    }
    return this.#service.ensure(this.#object, this.#pass(force));
  }

  async #remove(force: boolean): Promise<Outcome | undefined> {
    if (!this.#isHeld) {
      return undefined;
    }
    const outcome = await this.#service.remove(this.#object, this.#pass(force));
    if (outcome !== "removed") {
      return outcome;
    }
    const { client } = this.#deps;
    await removeFinalizer(client, this.#service.resource, this.#object, this.#service.finalizer, this.#signal);
    return undefined;
  }

  #report(error: Error): Promise<Retry> {
    this.#deps.log.warn({ err: error, object: this.#object.metadata }, "reconcile failed");
    this.#deps.onFailure(this.#object, error);
    return this.#finish(this.#afterError(error));
  }

  async #finish(conclusion: Conclusion & { readonly details: Readonly<Record<string, unknown>> }): Promise<Retry> {
    const { progress, clock } = this.#deps;
    const before = this.#object;
    const patch = this.#statusPatch(conclusion, conclusion.details);
    const waitMs = patch === undefined ? 0 : progress.waitMs(before, conclusion.conditions, clock.now());
    if (waitMs > 0) {
      return noLaterThan(waitMs, conclusion.retry);
    }
    await this.#writeStatus(patch);
    recordTransitions(this.#deps, { before, after: this.#object, isFailure: conclusion.isFailure });
    return conclusion.retry;
  }

  #statusPatch(
    conclusion: Pick<Conclusion, "conditions">,
    details: Readonly<Record<string, unknown>>,
  ): object | undefined {
    return statusPatch(this.#object, conclusion, { details, now: new Date(this.#deps.clock.now()) });
  }

  async #writeStatus(patch: object | undefined): Promise<void> {
    const { client, progress } = this.#deps;
    progress.forget(this.#key);
    if (patch !== undefined) {
      const options = { subresource: "status", signal: this.#signal } as const;
      this.#saw(await client.mergePatch(this.#service.resource, this.#object.metadata, patch, options));
    }
  }

  async #consumeReconcile(): Promise<boolean> {
    const { wishes, client } = this.#deps;
    const onAsked = (): void => void wishes.add(this.#key);
    const newest = await consumeReconcile(client, this.#service.resource, this.#object, {
      signal: this.#signal,
      onAsked,
    });
    if (newest !== undefined) {
      this.#saw(newest);
    }
    return newest !== undefined && requestedOperation(newest) !== "ignore";
  }

  async #dropReady(): Promise<void> {
    const [ready, ...others] = this.#object.status?.conditions ?? [];
    if (ready?.type !== "Ready" || ready.status !== "True") {
      return;
    }
    const reason = READY_REASONS.progress;
    const dropped = { type: "Ready", status: "False", reason, message: "applying a change" } as const;
    await this.#writeStatus(this.#statusPatch({ conditions: [dropped, ...others.map(keep)] }, this.#detailsNow));
  }

  #afterError(error: Error): Conclusion & { readonly details: Readonly<Record<string, unknown>> } {
    // Of an object that is none of its kind nothing can be said.
    const isValid = this.#service.problemsOf(this.#object).length === 0;
    const known = isValid ? this.#service.known(this.#object) : { reports: [], details: this.#detailsNow };
    const { reports: certain, details } = known;
    const conditions = this.#object.status?.conditions ?? [];
    return { ...concludeError(error, { conditions, certain, deleting: this.#deleting }), details };
  }

  #pass(force: boolean): Pass {
    return { force, signal: this.#signal, dropReady: () => this.#dropReady() };
  }

  #saw(object: T): void {
    this.#object = object;
    this.#deps.store.written(object);
  }

  get #detailsNow(): Readonly<Record<string, unknown>> {
    const { observedGeneration: _1, phase: _2, conditions: _3, ...details } = this.#object.status ?? NO_STATUS;
    return details;
  }

  get #key(): string {
    return keyOf(this.#object);
  }

  get #deleting(): boolean {
    return this.#object.metadata.deletionTimestamp !== undefined;
  }

  get #isHeld(): boolean {
    return this.#object.metadata.finalizers?.includes(this.#service.finalizer) ?? false;
  }
}
