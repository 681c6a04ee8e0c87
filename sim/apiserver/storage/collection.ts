import type { Obj } from "../../object.ts";

/** One change of one object. `previous` is absent for the first one. */
export type Change = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly revision: number;
  readonly atMs: number;
  /** The object after the change; for `DELETED` its last state with the revision of the deletion. */
  readonly object: Obj;
  readonly previous?: Obj;
};

/** Objects of one resource, and the changes that led to them. Key order is byte order of namespace, then name. */
export class Collection {
  readonly #objects = new Map<string, Obj>();
  readonly #history: number;
  readonly #listeners = new Set<() => void>();
  #changes: Change[] = [];
  #forgottenUpTo: number;
  #restores = 0;

  /** `history` is the number of changes that are remembered at least; nothing before `begin` ever is. */
  constructor(history: number, begin = 0) {
    this.#history = history;
    this.#forgottenUpTo = begin;
  }

  get(key: string): Obj | undefined {
    return this.#objects.get(key);
  }

  /** Current objects in key order. */
  list(): Obj[] {
    return sorted(this.#objects);
  }

  /** Objects as they were at `revision`, or `undefined` when that is forgotten. */
  listAt(revision: number): Obj[] | undefined {
    const later = this.since(revision);
    if (later === undefined) {
      return undefined;
    }
    const objects = new Map(this.#objects);
    for (const { object, previous } of later.toReversed()) {
      if (previous === undefined) {
        objects.delete(keyOf(object));
      } else {
        objects.set(keyOf(object), previous);
      }
    }
    return sorted(objects);
  }

  /** Changes after `revision` in order, or `undefined` when some of them are forgotten. */
  since(revision: number): readonly Change[] | undefined {
    if (revision < this.#forgottenUpTo) {
      return undefined;
    }
    const first = this.#changes.findLastIndex((change) => change.revision <= revision) + 1;
    return this.#changes.slice(first);
  }

  /** Records a change. The caller has given `change.object` its resource version. */
  record(change: Change): void {
    if (change.type === "DELETED") {
      this.#objects.delete(keyOf(change.object));
    } else {
      this.#objects.set(keyOf(change.object), change.object);
    }
    this.#changes.push(change);
    if (this.#changes.length > 2 * this.#history) {
      this.forget(this.#history);
    }
    this.announce();
  }

  /** Has these objects and no history from now on, whatever came after `revision`. Watches that are open end. */
  restore(objects: readonly Obj[], revision: number): void {
    this.#objects.clear();
    objects.forEach((object) => this.#objects.set(keyOf(object), object));
    this.#changes = [];
    this.#forgottenUpTo = revision;
    this.#restores += 1;
    this.announce();
  }

  /** How many times it was restored. */
  get restores(): number {
    return this.#restores;
  }

  /** Calls the listeners, as after a change. */
  announce(): void {
    for (const listener of this.#listeners) {
      listener();
    }
  }

  /** Forgets all but the latest `keep` changes. */
  forget(keep: number): void {
    const cut = Math.max(0, this.#changes.length - keep);
    this.#forgottenUpTo = this.#changes[cut - 1]?.revision ?? this.#forgottenUpTo;
    this.#changes = this.#changes.slice(cut);
  }

  /** Calls `listener` after each change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}

/** Key of an object in its collection. */
export function keyOf(object: Pick<Obj, "metadata">): string {
  return storageKey(object.metadata.namespace, object.metadata.name);
}

/** Key of a namespace (absent for cluster-scoped objects) and a name. */
export function storageKey(namespace: string | undefined, name: string): string {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

function sorted(objects: ReadonlyMap<string, Obj>): Obj[] {
  return [...objects].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object);
}
