import type { Retry } from "../../runtime/controller.ts";
import { TIMER, type WorkQueue } from "../../runtime/queue.ts";
import { type Basis, RestingKeys } from "../../runtime/rest.ts";
import type { Actions, ControllerDeps } from "./definition.ts";
import type { Served } from "./served.ts";
import type { Shards } from "./shards.ts";
import { isReadyNow, type ServiceObject } from "./status.ts";
import type { TenantIndex } from "./tenant-index.ts";

/** What tells whether a pass over a tenant would find anything that the one before has not. */
type RestingTenantsDeps<T extends ServiceObject> = {
  readonly watches: {
    readonly objects: Pick<Served<T>, "get">;
    readonly shards: Pick<Shards<T>, "keyOf">;
    readonly tenants: Pick<TenantIndex<T>, "namespaceOf">;
    /** The states of all objects of a tenant in the caches. */
    statesOf(key: string, namespace: string): readonly unknown[];
    /** Whether a cause in the queue is a change of such an object. */
    isInStates(cause: string): boolean;
  };
  /** The settings as a pass would read them, the same value as long as they are the same. */
  readonly settings: { read(): unknown };
  readonly actions: Pick<Actions<T>, "basis" | "isPassing">;
  readonly queue: Pick<WorkQueue, "causes">;
  /** Keys of objects that the next pass shall check without shortcuts. */
  readonly reconcileRequests: ReadonlySet<string>;
};

/**
 * Spares passes over tenants that are Ready, as long as nothing has changed that a pass reads.
 *
 * A change of anything else than the tenant's objects in the caches has its pass in any case.
 */
export class RestingTenants<T extends ServiceObject> {
  readonly #deps: RestingTenantsDeps<T>;
  readonly #keys: RestingKeys;
  /** How many requests this process has sent; `undefined` while nobody tells. */
  #requests: number | undefined;

  constructor(deps: RestingTenantsDeps<T>) {
    this.#deps = deps;
    this.#keys = new RestingKeys({
      basisOf: (key) => this.#basisOf(key),
      isPassing: (key) => this.#isPassing(key),
      isCovered: (key) => deps.queue.causes(key).every((cause) => cause === TIMER || deps.watches.isInStates(cause)),
      requests: () => this.#requests,
    });
  }

  /** Counts requests until the returned function is called. Without that no pass is spared. */
  count(onRequest: ControllerDeps["onRequest"]): (() => void) | undefined {
    const end = onRequest?.(() => this.noteRequest());
    this.#requests = end && 0;
    return end;
  }

  /** Notes that a pass has asked for something outside of the caches. */
  noteRequest(): void {
    this.#requests = this.#requests === undefined ? undefined : this.#requests + 1;
  }

  /** Makes a pass over a tenant, or returns what the last one has returned. */
  pass(key: string, pass: () => Promise<Retry>): Promise<Retry> {
    return this.#keys.reconcile(key, pass);
  }

  /** Forgets a tenant that is gone, or served by another process. */
  forget(key: string): void {
    this.#keys.forget(key);
  }

  #isPassing(key: string): boolean {
    const leader = this.#deps.watches.objects.get(key);
    return leader !== undefined && this.#deps.actions.isPassing?.(leader) === true;
  }

  #basisOf(key: string): Basis | undefined {
    const { watches, settings, actions, reconcileRequests } = this.#deps;
    const leader = watches.objects.get(key);
    const namespace = watches.tenants.namespaceOf(key);
    if (leader === undefined || namespace === undefined || !isReadyNow(leader) || reconcileRequests.has(key)) {
      return undefined;
    }
    const own = actions.basis?.(leader, namespace);
    return own && [settings.read(), watches.shards.keyOf(leader), ...own, ...watches.statesOf(key, namespace)];
  }
}
