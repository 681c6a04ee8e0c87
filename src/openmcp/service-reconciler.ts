import type { KubeClient } from "../kube/client.ts";
import { ConflictError } from "../kube/errors.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import type { Clock } from "../kube/clock.ts";
import type { Retry } from "../runtime/controller.ts";
import { StalledError } from "../runtime/errors.ts";
import type { EventRecorder } from "../runtime/events.ts";
import { addFinalizer, removeFinalizer } from "../runtime/finalizer.ts";
import { keyOf } from "../runtime/key.ts";
import type { Log } from "../runtime/log.ts";
import type { Store } from "../runtime/store.ts";
import { concludeError, concludeOutcome, READY_REASONS, type Conclusion, type Outcome } from "./conclude.ts";
import { forgetGone } from "./forget-gone.ts";
import { consumeReconcile, requestedOperation } from "./operation.ts";
import { recordTransitions } from "./record-transitions.ts";
import { noLaterThan, SmallProgress } from "./small-progress.ts";
import { statusPatch, type ServiceObject, type ServiceStatus } from "./service-status.ts";

/** What one pass may know beside the object. */
export type Pass = {
  /** Somebody asked for a check without shortcuts. */
  readonly force: boolean;
  readonly signal: AbortSignal;
  /** Takes `Ready` back. Called before the first write that makes the current status untrue. */
  readonly dropReady: () => Promise<void>;
};

/** What a provider does for one kind of object; the reconciler does the rest. */
export type Service<T extends ServiceObject> = {
  readonly resource: Resource<T>;
  /** Held on every object until `remove` says `removed`. */
  readonly finalizer: string;
  /** Says what is wrong with an object that its schema would refuse today, a sentence each. */
  problemsOf(object: KubeObject): readonly string[];
  /** Brings the clusters to what the object asks for, as far as possible now. May be repeated from any state. */
  ensure(object: T, pass: Pass): Promise<Outcome>;
  /** Takes everything down, as far as possible now. May be repeated from any state. */
  remove(object: T, pass: Pass): Promise<Outcome | "removed">;
  /** Lets go of everything that is held in this process for an object that is gone, whichever way it went. */
  forget(key: string): void;
};

/** What the reconciler works with. */
export type ReconcilerDeps<T extends ServiceObject> = {
  readonly client: KubeClient;
  readonly store: Store<T>;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
  /** Told why a pass has failed. */
  readonly onFailure: (object: T, error: Error) => void;
  /** Keys of objects that the next pass shall check without shortcuts. One that fails leaves that to the next. */
  readonly wishes: Set<string>;
};

/**
 * Returns the reconcile function of a service: a fixed frame around `ensure` and `remove`.
 *
 * The operation annotation comes first, the finalizer before the first effect, the status once at the end, and the
 * finalizer is taken away last.
 */
export function createReconciler<T extends ServiceObject>(
  service: Service<T>,
  deps: ReconcilerDeps<T>,
): (key: string, signal: AbortSignal) => Promise<Retry> {
  const progress = new SmallProgress();
  const forgetEarlier = forgetGone(deps.store, (key) => {
    deps.wishes.delete(key);
    progress.forget(key);
    service.forget(key);
  });
  return async (key, signal) => {
    forgetEarlier(key);
    const object = deps.store.get(key);
    if (object === undefined || requestedOperation(object) === "ignore") {
      return "never";
    }
    try {
      return await new ServicePass(service, { ...deps, progress }, { object, signal }).run();
    } catch (error) {
      // The object changed under us: its newest version comes by watch and is looked at then.
      if (error instanceof ConflictError) {
        return { afterMs: CONFLICT_RETRY_MS };
      }
      throw error;
    }
  };
}

const CONFLICT_RETRY_MS = 200;
const NO_STATUS: ServiceStatus = { observedGeneration: 0, phase: "Progressing" };

type PassDeps<T extends ServiceObject> = ReconcilerDeps<T> & { readonly progress: SmallProgress };

/** One pass over one object. `#object` is always the newest version this pass has seen or written. */
class ServicePass<T extends ServiceObject> {
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
    if (requestedOperation(this.#object) === "reconcile" && !(await this.#consumeReconcile())) {
      return "never";
    }
    if (!this.#deleting) {
      return this.#ensure();
    }
    return this.#isHeld ? this.#conclude((pass) => this.#service.remove(this.#object, pass)) : "never";
  }

  async #ensure(): Promise<Retry> {
    const problems = this.#service.problemsOf(this.#object);
    if (problems.length > 0) {
      return this.#finish(this.#afterError(new StalledError("InvalidObject", problems.join("; "))));
    }
    if (!this.#isHeld) {
      const { client } = this.#deps;
      this.#saw(
        await addFinalizer<T>(client, this.#service.resource, this.#object, this.#service.finalizer, this.#signal),
      );
    }
    return this.#conclude((pass) => this.#service.ensure(this.#object, pass));
  }

  async #conclude(act: (pass: Pass) => Promise<Outcome | "removed">): Promise<Retry> {
    const force = this.#deps.wishes.delete(this.#key);
    let outcome: Outcome | "removed";
    try {
      outcome = await act(this.#pass(force));
    } catch (error) {
      if (force) {
        this.#deps.wishes.add(this.#key);
      }
      if (this.#signal.aborted || error instanceof ConflictError || !(error instanceof Error)) {
        throw error;
      }
      this.#deps.log.warn({ err: error, object: this.#object.metadata }, "reconcile failed");
      this.#deps.onFailure(this.#object, error);
      return this.#finish(this.#afterError(error));
    }
    if (outcome === "removed") {
      const { client } = this.#deps;
      await removeFinalizer(client, this.#service.resource, this.#object, this.#service.finalizer, this.#signal);
      return "never";
    }
    return this.#finish({ ...concludeOutcome(outcome, this.#deleting), details: outcome.details });
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
    await this.#writeStatus(this.#statusPatch({ conditions: [dropped, ...others] }, this.#detailsNow));
  }

  #afterError(error: Error): Conclusion & { readonly details: Readonly<Record<string, unknown>> } {
    const conclusion = concludeError(error, this.#object.status?.conditions ?? [], this.#deleting);
    return { ...conclusion, details: this.#detailsNow };
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
