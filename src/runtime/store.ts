import { isDeepStrictEqual } from "node:util";

import { isGone, type KubeObject, withoutVersion } from "../kube/object.ts";
import { keyOf, refOf } from "./key.ts";
import { Expectations } from "./expectations.ts";
import type { SharedValues } from "./shared-values.ts";

/** This many objects that have changed last share nothing: most of them will change again soon. */
const FRESH = 100;

/**
 * A change of one key of a store. `current` is absent after a deletion, `previous` when the key is new.
 *
 * With `invalid`, the object on the server is invalid, and `current` is its last valid state, if there was one.
 */
export type Change<T> = {
  readonly key: string;
  readonly current?: T;
  readonly previous?: T;
  readonly invalid?: Error;
};

/** How a store keeps its objects. */
export type StoreOptions<T> = {
  /** Validates an object, or removes fields, before it is stored. An object for which this throws is invalid. */
  readonly project?: ((object: T) => T) | undefined;
  /** What the objects share with those of other stores. Default: nothing. */
  readonly shared?: SharedValues | undefined;
  /** Called when a listener throws. The other listeners are called nevertheless. */
  readonly onListenerError?: (error: unknown) => void;
};

/**
 * The last known state of the objects of one resource, by `keyOf`.
 *
 * Listeners are notified of other writers' changes only: a reconcile that heard of its own writes would run again after
 * each of them.
 */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #invalid = new Map<string, Error>();
  /** Filled from the first look on: few stores are asked. A single key stands for itself. */
  #keysByNamespace: Map<string, string | Set<string>> | undefined;
  /** Keys of objects that have changed lately, the latest last, and share nothing yet. */
  readonly #fresh = new Set<string>();
  readonly #expectations = new Expectations();
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly #ownListeners = new Set<(object: T) => void>();
  readonly #options: StoreOptions<T>;
  /** The last one that shares: most others are much like it. */
  #sharing: T | undefined;
  /** What is projected already. */
  readonly #kept = new WeakSet<T>();
  #list: readonly T[] | undefined;

  constructor(options: StoreOptions<T> = {}) {
    this.#options = options;
  }

  /** Returns the last known state of an object. */
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** Returns all objects, in an array that does not change afterwards. */
  list(): readonly T[] {
    this.#list ??= [...this.#objects.values()];
    return this.#list;
  }

  /** Returns the objects of one namespace, without a walk through all objects. */
  inNamespace(namespace: string): readonly T[] {
    this.#keysByNamespace ??= indexOf(this.#objects);
    const keys = this.#keysByNamespace.get(namespace) ?? [];
    const all = typeof keys === "string" ? [keys] : [...keys];
    return all.map((key) => this.#objects.get(key)).filter((object) => object !== undefined);
  }

  /** Why the newest state of an object is invalid; `undefined` when it is valid. */
  invalid(key: string): Error | undefined {
    return this.#invalid.get(key);
  }

  /** Calls `listener` with each change, until the returned function is called. */
  onChange(listener: (change: Change<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Calls `listener` when a change that listeners were told of turns out to be a write of our own, with the object as it
   * was written: its event has overtaken the response.
   */
  onOwn(listener: (object: T) => void): void {
    this.#ownListeners.add(listener);
  }

  /**
   * Stores the response to our own write at once.
   *
   * Events of the object are older than the write, and are ignored, until the watch sends exactly this state or a
   * deletion, or `replace` is called.
   */
  written(object: T): void {
    if (isGone(object)) {
      this.deleted(object, undefined);
      return;
    }
    const key = keyOf(object);
    if (!this.#expectations.expect(key, object, this.#objects.get(key))) {
      return;
    }
    const projected = this.#project(object);
    if (projected instanceof Error) {
      this.#invalid.set(key, projected);
    } else {
      this.#put(key, projected);
    }
  }

  /**
   * The same for a write that has changed the object for certain: an event of exactly this state is that of the write.
   *
   * A read, or a write after which the object is as before, may return what somebody else has written.
   */
  changed(object: T): void {
    if (this.#expectations.isEarly(keyOf(object), object)) {
      this.#ownListeners.forEach((listener) => listener(object));
    }
    this.written(object);
  }

  /**
   * Stores our own deletion at once. `left` is the object while finalizers hold it.
   *
   * Without `left`, all later events of that very object are ignored.
   */
  deleted(object: T, left: T | undefined): void {
    if (left !== undefined) {
      this.written(left);
      return;
    }
    const key = keyOf(object);
    if (this.#expectations.expectGone(key, object, this.#objects.get(key))) {
      this.#erase(key);
    }
  }

  /** Stores that our own write has ended an object, and notifies listeners as its DELETED event would have. */
  ended(object: T): void {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    this.deleted(object, undefined);
    if (previous !== undefined && !this.#objects.has(key)) {
      this.#notify({ key, previous });
    }
  }

  /**
   * Forgets the objects of a namespace without telling anybody: but for those that `isKept` names, they are no concern of
   * this process any more.
   */
  evict(namespace: string, isKept: (object: T) => boolean = () => false): void {
    const objects = this.inNamespace(namespace).filter((object) => !isKept(object));
    for (const key of objects.map(keyOf)) {
      this.#expectations.forget(key);
      this.#erase(key);
    }
  }

  /** Handles an ADDED or MODIFIED event. */
  set(object: T): void {
    const key = keyOf(object);
    const judgement = this.#expectations.judge(key, object);
    if (judgement === "news") {
      this.#exchange(key, object).forEach((change) => this.#notify(change));
    } else if (judgement === "else") {
      this.#notify(this.#unnoticed(key));
    }
  }

  /** Handles a DELETED event. */
  remove(object: T): void {
    const key = keyOf(object);
    const isNews = this.#expectations.settlesRemoval(key, object, this.#objects.get(key));
    if (isNews && (this.#objects.has(key) || this.#invalid.has(key))) {
      this.#notify(this.#erase(key));
    }
  }

  /**
   * Returns what the store will keep of an object that is passed to `replace` later, or the object if it is invalid.
   *
   * A list can have very many objects: whoever reads it page by page need not hold them whole until the last page.
   */
  keep(object: T): T {
    const known = this.#objects.get(keyOf(object));
    const kept = known !== undefined && isSameState(known, object) ? known : this.#project(object);
    if (kept instanceof Error) {
      return object;
    }
    const sharing = kept === known ? kept : this.#share(kept);
    this.#kept.add(sharing);
    return sharing;
  }

  /** Replaces all objects, and notifies listeners of the differences afterwards. */
  replace(objects: readonly T[]): void {
    const next = new Map(objects.map((object) => [keyOf(object), object]));
    const changes: Change<T>[] = [];
    for (const key of new Set([...this.#objects.keys(), ...this.#invalid.keys()])) {
      if (!next.has(key)) {
        changes.push(this.#erase(key));
      }
    }
    for (const [key, object] of next) {
      const change = this.#exchange(key, object);
      changes.push(...(change.length === 0 && this.#expectations.isExpecting(key) ? [this.#unnoticed(key)] : change));
    }
    this.#expectations.clear();
    changes.forEach((change) => this.#notify(change));
  }

  /**
   * Whether the watch has not confirmed a write from before the previous call.
   *
   * The watch can have skipped that write, and only a new list shows the truth then. Call this whenever the watch is up
   * to date: between two such calls the event of any write has had time to arrive.
   */
  hasOverdueWrites(): boolean {
    return this.#expectations.hasOverdue();
  }

  /** Our response already contained another writer's change, so its event is dropped: notify the listeners. */
  #unnoticed(key: string): Change<T> {
    const current = this.#objects.get(key);
    return { key, ...(current !== undefined && { current, previous: current }) };
  }

  /** Stores one object, and returns the change if there is one. */
  #exchange(key: string, object: T): Change<T>[] {
    const previous = this.#objects.get(key);
    const isKept = this.#kept.has(object);
    const projected = this.#project(object);
    if (projected instanceof Error) {
      this.#invalid.set(key, projected);
      return [{ key, ...(previous !== undefined && { current: previous, previous }), invalid: projected }];
    }
    const wasInvalid = this.#invalid.delete(key);
    const isKnown = previous !== undefined && isSameState(previous, projected);
    if (isKnown && !wasInvalid) {
      return [];
    }
    this.#put(key, projected, { isShared: isKept });
    return [{ key, current: projected, ...(previous !== undefined && { previous }) }];
  }

  #erase(key: string): Change<T> {
    const previous = this.#objects.get(key);
    this.#objects.delete(key);
    this.#fresh.delete(key);
    this.#forgetNamespace(key);
    this.#invalid.delete(key);
    this.#list = undefined;
    return { key, ...(previous !== undefined && { previous }) };
  }

  #put(key: string, object: T, { isShared = false }: { readonly isShared?: boolean } = {}): void {
    if (this.#keysByNamespace !== undefined) {
      addTo(this.#keysByNamespace, key);
    }
    this.#objects.set(key, object);
    this.#list = undefined;
    if (this.#options.shared !== undefined && !isShared) {
      this.#fresh.delete(key);
      this.#fresh.add(key);
      this.#shareOldest();
    }
  }

  /** An object changes many times until its tenant is at rest, and to share costs more than to take in a change. */
  #shareOldest(): void {
    for (const key of this.#fresh) {
      if (this.#fresh.size <= FRESH) {
        return;
      }
      this.#fresh.delete(key);
      const object = this.#objects.get(key);
      if (object !== undefined) {
        this.#objects.set(key, this.#share(object));
      }
    }
  }

  #share(object: T): T {
    this.#sharing = this.#options.shared?.shareFields(object, this.#sharing);
    return this.#sharing ?? object;
  }

  #forgetNamespace(key: string): void {
    const { namespace = "" } = refOf(key);
    const keys = this.#keysByNamespace?.get(namespace);
    if (typeof keys === "object") {
      keys.delete(key);
    }
    if (keys === key || (typeof keys === "object" && keys.size === 0)) {
      this.#keysByNamespace?.delete(namespace);
    }
  }

  #project(object: T): T | Error {
    if (this.#kept.delete(object)) {
      return object;
    }
    try {
      return this.#options.project?.(object) ?? object;
    } catch (error) {
      return error instanceof Error ? error : new Error("cannot take in the object", { cause: error });
    }
  }

  #notify(change: Change<T>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change);
      } catch (error) {
        this.#options.onListenerError?.(error);
      }
    }
  }
}

function indexOf(objects: ReadonlyMap<string, unknown>): Map<string, string | Set<string>> {
  const index = new Map<string, string | Set<string>>();
  for (const key of objects.keys()) {
    addTo(index, key);
  }
  return index;
}

function addTo(index: Map<string, string | Set<string>>, key: string): void {
  const { namespace = "" } = refOf(key);
  const keys = index.get(namespace);
  if (typeof keys === "object") {
    keys.add(key);
  } else if (keys !== key) {
    index.set(namespace, keys === undefined ? key : new Set([keys, key]));
  }
}

/** Whether the objects of a change say the same, as far as `reading` tells. Default: all but the version. Pure. */
export function saysNothing<T extends KubeObject>(
  { current, previous, invalid }: Change<T>,
  reading: (object: T) => unknown = withoutVersion,
): boolean {
  // Where the store does not tell what has changed, it may be anything.
  const isKnown = current !== undefined && previous !== undefined && current !== previous && invalid === undefined;
  return isKnown && isDeepStrictEqual(reading(current), reading(previous));
}

/** Whether nothing but the status of an object has changed. Pure. */
export function isOfStatusOnly<T extends KubeObject>(change: Change<T>): boolean {
  return saysNothing(change, withoutStatus);
}

function withoutStatus({ metadata, ...content }: KubeObject): object {
  const { resourceVersion: _1, managedFields: _2, ...asked } = metadata;
  return { ...content, metadata: asked, status: undefined };
}

function isSameState(left: KubeObject, right: KubeObject): boolean {
  return (
    left.metadata.resourceVersion !== undefined &&
    left.metadata.resourceVersion === right.metadata.resourceVersion &&
    left.metadata.uid === right.metadata.uid
  );
}
