import type { Obj } from "../../object.ts";
import { type Change, Collection, keyOf } from "./collection.ts";

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
  readonly #watchHistory: number;
  readonly #listeners = new Set<(stored: StoredChange) => void>();
  #revision = FIRST_REVISION;

  constructor(watchHistory: number) {
    this.#watchHistory = watchHistory;
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
    const made = new Collection(this.#watchHistory);
    this.#collections.set(name, made);
    return made;
  }

  /** All objects, by collection. */
  all(): ReadonlyMap<string, readonly Obj[]> {
    return new Map([...this.#collections].map(([name, collection]) => [name, collection.list()]));
  }

  /** Makes the collection of a resource that is new: its watches cannot start before now. */
  begin(name: string): void {
    if (!this.#collections.has(name)) {
      this.#collections.set(name, new Collection(this.#watchHistory, this.#revision));
    }
  }

  /** Writes an object, new or not, and returns it with its resource version. */
  put(collection: string, object: Obj): Obj {
    const previous = this.collection(collection).get(keyOf(object));
    const stored = this.#stamp(object);
    const change: Change =
      previous === undefined
        ? { type: "ADDED", revision: this.#revision, object: stored }
        : { type: "MODIFIED", revision: this.#revision, object: stored, previous };
    this.#record(collection, change);
    return stored;
  }

  /** Removes an object and returns its last stored state with the deletion's resource version. */
  remove(collection: string, object: Obj): Obj {
    const previous = this.collection(collection).get(keyOf(object)) ?? object;
    const stored = this.#stamp(previous);
    this.#record(collection, { type: "DELETED", revision: this.#revision, object: stored, previous });
    return stored;
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
