import type { Clock } from "../../kube/clock.ts";
import type { KubeObject } from "../../kube/object.ts";
import type { Informer } from "../../runtime/informer.ts";
import { refOf } from "../../runtime/key.ts";
import { tenantNamespace } from "../platform/names.ts";

/** A cache of tenants' objects on the platform cluster. */
type Cache = Pick<Informer<KubeObject>, "relist"> & { readonly store: { evict(namespace: string): void } };

/** What the caches of a shard are kept small with. */
type ShardCachesDeps = {
  /** Whether there is an object under a key, and another process serves it. */
  readonly isForeign: (key: string) => boolean;
  /** Key of the object of a tenant namespace, if there is one. */
  readonly tenantOf: (namespace: string) => string | undefined;
  /** Told of a tenant that was waited for: its objects are in the caches now. */
  readonly onArrived: (key: string) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

/** Tenants that move together, as when a shard is added, cost one new list of each kind. */
const GATHER_MS = 500;
/** After so many tenants that were left out and are gone, new lists are made to forget them. */
const MOST_GONE = 1000;

/**
 * Keeps the objects of other shards' tenants out of the caches of the platform cluster.
 *
 * A tenant comes and goes in its own turn of the queue only, so that no pass sees its objects vanish. The API cannot
 * select these objects: one that is to be taken over has the key of the shard before, and a ClusterRequest has none.
 */
export class ShardCaches {
  readonly #deps: ShardCachesDeps;
  readonly #caches: Cache[] = [];
  /** Keys of the tenants whose objects the caches leave out. */
  readonly #leftOut = new Set<string>();
  /** Keys of our tenants whose objects may be missing in the caches. */
  readonly #arriving = new Set<string>();
  /** Those of them that are there when each kind has been listed again. */
  #awaited = new Set<string>();
  #gone = 0;
  #isReloading = false;

  constructor(deps: ShardCachesDeps) {
    this.#deps = deps;
  }

  /** Keeps one more cache small. It asks `accepts` of each object. */
  add(cache: Cache): void {
    this.#caches.push(cache);
  }

  /** Leaves the tenants of others out from the beginning. Called with all keys, before anything is cached. */
  begin(keys: Iterable<string>): void {
    for (const key of keys) {
      if (this.#deps.isForeign(key)) {
        this.#leftOut.add(key);
      }
    }
  }

  /** Whether the caches take an object of the platform cluster in. */
  accepts({ metadata: { namespace = "" } }: KubeObject): boolean {
    if (this.#leftOut.size === 0) {
      return true;
    }
    const key = this.#deps.tenantOf(namespace);
    return key === undefined || !this.#leftOut.has(key);
  }

  /** Whether a change under a key is no concern of this process: its tenant belongs to another one, as before. */
  isOthers(key: string): boolean {
    return this.#leftOut.has(key) && this.#deps.isForeign(key);
  }

  /**
   * Begins the turn of a tenant: says whether a pass may be made.
   *
   * A tenant of another shard is left out from now on. One that comes from there has its turn when the caches have it.
   */
  mayPass(key: string): boolean {
    if (this.#deps.isForeign(key)) {
      this.#leave(key);
      return false;
    }
    if (this.#leftOut.has(key)) {
      this.#take(key);
    }
    return !this.#arriving.has(key);
  }

  #leave(key: string): void {
    this.#arriving.delete(key);
    this.#awaited.delete(key);
    if (!this.#leftOut.has(key)) {
      this.#leftOut.add(key);
      this.#caches.forEach(({ store }) => store.evict(namespaceOf(key)));
    }
  }

  #take(key: string): void {
    if (this.#exists(key)) {
      this.#move(key);
      this.#reloadSoon();
    } else {
      this.#gone += 1;
      if (this.#gone > MOST_GONE) {
        this.#reloadSoon();
      }
    }
  }

  #move(key: string): void {
    this.#leftOut.delete(key);
    this.#arriving.add(key);
  }

  #exists(key: string): boolean {
    return this.#deps.tenantOf(namespaceOf(key)) !== undefined;
  }

  #reloadSoon(): void {
    if (!this.#isReloading) {
      this.#isReloading = true;
      void this.#reload();
    }
  }

  async #reload(): Promise<void> {
    const { clock, signal } = this.#deps;
    while (this.#arriving.size > 0 || this.#gone > MOST_GONE) {
      await clock.sleep(GATHER_MS, signal);
      if (signal.aborted) {
        return;
      }
      this.#gone = 0;
      [...this.#leftOut].filter((key) => !this.#exists(key)).forEach((key) => this.#move(key));
      this.#awaited = new Set(this.#arriving);
      await Promise.all(this.#caches.map((cache) => cache.relist(signal)));
      this.#arrived();
    }
    this.#isReloading = false;
  }

  #arrived(): void {
    const { onArrived } = this.#deps;
    for (const key of this.#awaited) {
      this.#arriving.delete(key);
      onArrived(key);
    }
    this.#awaited.clear();
  }
}

function namespaceOf(key: string): string {
  const { name, namespace = "" } = refOf(key);
  return tenantNamespace(name, namespace);
}
