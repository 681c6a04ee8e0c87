import { isGone, type KubeObject } from "../kube/object.ts";
import { keyOf, refOf } from "./key.ts";
import { Expectations } from "./expectations.ts";

/**
 * One key of a store changed: `current` is absent after a removal, `previous` before the first sight.
 *
 * With `invalid`, the object on the server could not be taken in, and `current` is the last good one, if there was one.
 */
export type Change<T> = {
  readonly key: string;
  readonly current?: T;
  readonly previous?: T;
  readonly invalid?: Error;
};

/** What a store is made of. */
export type StoreOptions<T> = {
  /** Makes smaller, or checks, what is kept of each object. One that it throws on is kept as invalid. */
  readonly project?: (object: T) => T;
  /** Told of a listener that threw; the other listeners are told nevertheless. */
  readonly onListenerError?: (error: unknown) => void;
};

/**
 * The last known state of the objects of one resource, by `keyOf`.
 *
 * Listeners hear what others changed, and only that: a writer knows its own writes, and would wake itself with each.
 */
export class Store<T extends KubeObject> {
  readonly #objects = new Map<string, T>();
  readonly #invalid = new Map<string, Error>();
  readonly #keysByNamespace = new Map<string, Set<string>>();
  readonly #expectations = new Expectations();
  readonly #listeners = new Set<(change: Change<T>) => void>();
  readonly #options: StoreOptions<T>;
  #list: readonly T[] | undefined;

  constructor(options: StoreOptions<T> = {}) {
    this.#options = options;
  }

  /** Returns the last known state of an object. */
  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  /** Returns all objects; the array is never changed afterwards. */
  list(): readonly T[] {
    this.#list ??= [...this.#objects.values()];
    return this.#list;
  }

  /** Returns the objects of one namespace, without looking at all the others. */
  inNamespace(namespace: string): readonly T[] {
    const keys = this.#keysByNamespace.get(namespace) ?? [];
    return Array.from(keys, (key) => this.#objects.get(key)).filter((object) => object !== undefined);
  }

  /** Why the newest state of an object could not be taken in; absent when it could. */
  invalid(key: string): Error | undefined {
    return this.#invalid.get(key);
  }

  /** Calls `listener` with each change from now on; the returned function ends that. */
  onChange(listener: (change: Change<T>) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /**
   * Makes the answer to a write of our own visible at once.
   *
   * Until the watch has delivered exactly that state, or a deletion, or the next `replace`, events of the object are
   * older than the write and are ignored.
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
   * Makes a deletion of our own visible at once; `left` is the object where others hold it.
   *
   * Without it, events of that very object that come later are older.
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

  /** Takes in what the watch says about an object. */
  set(object: T): void {
    const key = keyOf(object);
    const judgement = this.#expectations.judge(key, object);
    if (judgement === "news") {
      this.#take(key, object);
    } else if (judgement === "else") {
      this.#notify(this.#unnoticed(key));
    }
  }

  /** Takes in that the watch says an object is gone. */
  remove(object: T): void {
    const key = keyOf(object);
    if (this.#expectations.settlesRemoval(key, object, this.#objects.get(key))) {
      this.#drop(key);
    }
  }

  /** Swaps the whole content, and tells listeners the difference after the swap. */
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
    for (const change of changes) {
      this.#notify(change);
    }
  }

  /**
   * Says whether a write made before the previous call is still not confirmed by the watch.
   *
   * The watch can have jumped over it: then only a new list tells the truth. Called at each sign that the watch is
   * up to date, two calls apart is long enough for any write to arrive.
   */
  hasOverdueWrites(): boolean {
    return this.#expectations.hasOverdue();
  }

  /** What others changed right before a write of ours was in its answer: nobody has been told. */
  #unnoticed(key: string): Change<T> {
    const current = this.#objects.get(key);
    return { key, ...(current !== undefined && { current, previous: current }) };
  }

  #take(key: string, object: T): void {
    for (const change of this.#exchange(key, object)) {
      this.#notify(change);
    }
  }

  #drop(key: string): void {
    if (this.#objects.has(key) || this.#invalid.has(key)) {
      this.#notify(this.#erase(key));
    }
  }

  /** Puts one object in place, and returns the change if there is one. */
  #exchange(key: string, object: T): Change<T>[] {
    const previous = this.#objects.get(key);
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
    this.#put(key, projected);
    return [{ key, current: projected, ...(previous !== undefined && { previous }) }];
  }

  #erase(key: string): Change<T> {
    const previous = this.#objects.get(key);
    this.#objects.delete(key);
    this.#forgetNamespace(key);
    this.#invalid.delete(key);
    this.#list = undefined;
    return { key, ...(previous !== undefined && { previous }) };
  }

  #put(key: string, object: T): void {
    this.#objects.set(key, object);
    const { namespace = "" } = object.metadata;
    const keys = this.#keysByNamespace.get(namespace) ?? new Set();
    this.#keysByNamespace.set(namespace, keys.add(key));
    this.#list = undefined;
  }

  #forgetNamespace(key: string): void {
    const { namespace = "" } = refOf(key);
    const keys = this.#keysByNamespace.get(namespace);
    keys?.delete(key);
    if (keys?.size === 0) {
      this.#keysByNamespace.delete(namespace);
    }
  }

  #project(object: T): T | Error {
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

function isSameState(left: KubeObject, right: KubeObject): boolean {
  return (
    left.metadata.resourceVersion !== undefined &&
    left.metadata.resourceVersion === right.metadata.resourceVersion &&
    left.metadata.uid === right.metadata.uid
  );
}
