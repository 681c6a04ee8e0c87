import type { SimClock } from "../../clock.ts";
import type { Obj } from "../../object.ts";
import { type Change, Collection, keyOf } from "./collection.ts";
import { WatchCache } from "./watch-cache.ts";

/** How a storage keeps its changes, and when watches hear of them. */
export type StorageOptions = {
  readonly clock: SimClock;
  /** Number of changes of each collection that are remembered at least. */
  readonly watchHistory: number;
  /** How long after a change the watches hear of it. */
  readonly watchDelayMs: number;
};

/** Everything that a storage holds at one moment. */
export type Backup = { readonly revision: number; readonly objects: ReadonlyMap<string, readonly Obj[]> };

/** A change together with the collection it happened in. */
export type StoredChange = { readonly collection: string; readonly change: Change };

// A fresh API server has written its own objects before anyone else comes.
const FIRST_REVISION = 100;

/**
 * All objects of one API server in memory.
 *
 * Every write takes the next revision, so revisions order the changes of all collections.
 * Objects are never changed in place: whoever holds one may keep it.
 */
export class Storage {
  readonly #collections = new Map<string, Collection>();
  readonly #watchCaches = new Map<string, WatchCache>();
  readonly #options: StorageOptions;
  readonly #listeners = new Set<(stored: StoredChange) => void>();
  #revision = FIRST_REVISION;

  constructor(options: StorageOptions) {
    this.#options = options;
  }

  /** Revision of the latest write. */
  get revision(): number {
    return this.#revision;
  }

  /** The collection of that name; made when it is not there yet. */
  collection(name: string): Collection {
    const found = this.#collections.get(name);
    if (found !== undefined) {
      return found;
    }
    const made = new Collection(this.#options.watchHistory);
    this.#collections.set(name, made);
    return made;
  }

  /** What the watches of that collection hear. */
  watchCache(name: string): WatchCache {
    const { clock, watchDelayMs } = this.#options;
    const cache =
      this.#watchCaches.get(name) ?? new WatchCache(this.collection(name), { clock, delayMs: watchDelayMs });
    this.#watchCaches.set(name, cache);
    return cache;
  }

  /** All objects, by collection. */
  all(): ReadonlyMap<string, readonly Obj[]> {
    return new Map([...this.#collections].map(([name, collection]) => [name, collection.list()]));
  }

  /** Makes the collection of a resource that is new: its watches cannot start before now. */
  begin(name: string): void {
    if (!this.#collections.has(name)) {
      this.#collections.set(name, new Collection(this.#options.watchHistory, this.#revision));
    }
  }

  /** Writes an object, new or not, and returns it with its resource version. */
  put(collection: string, object: Obj): Obj {
    const previous = this.collection(collection).get(keyOf(object));
    const stored = this.#stamp(object);
    const change = { ...this.#now, object: stored };
    this.#record(
      collection,
      previous === undefined ? { ...change, type: "ADDED" } : { ...change, type: "MODIFIED", previous },
    );
    return stored;
  }

  /** Removes an object and returns its last stored state with the deletion's resource version. */
  remove(collection: string, object: Obj): Obj {
    const previous = this.collection(collection).get(keyOf(object)) ?? object;
    const stored = this.#stamp(previous);
    this.#record(collection, { ...this.#now, type: "DELETED", object: stored, previous });
    return stored;
  }

  /** Everything that there is now. */
  backUp(): Backup {
    return { revision: this.#revision, objects: this.all() };
  }

  /** Takes up again where a backup was made, as etcd does: the revisions since then are given once more. */
  restore({ revision, objects }: Backup): void {
    this.#revision = revision;
    for (const [name, collection] of this.#collections) {
      collection.restore(objects.get(name) ?? [], revision);
    }
  }

  /** Forgets all history, as a compaction of etcd does: older resource versions answer 410 from now on. */
  compact(): void {
    for (const collection of this.#collections.values()) {
      collection.forget(0);
    }
  }

  /** Calls `listener` after each change of any collection until the returned function is called. */
  onChange(listener: (stored: StoredChange) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  get #now(): Pick<Change, "revision" | "atMs"> {
    return { revision: this.#revision, atMs: this.#options.clock.now() };
  }

  #stamp(object: Obj): Obj {
    this.#revision += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(this.#revision) } };
  }

  #record(collection: string, change: Change): void {
    this.collection(collection).record(change);
    for (const listener of this.#listeners) {
      listener({ collection, change });
    }
  }
}
