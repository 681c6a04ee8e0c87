import type { KubeClient } from "../../kube/client.ts";
import { isTerminating, type KubeObject } from "../../kube/object.ts";
import { apiVersionOf, groupOf, type Resource } from "../../kube/resource.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Change, Store } from "../../runtime/store.ts";

/** Objects of one kind under one of the API groups that the provider serves. */
export type ServedKind<T extends KubeObject> = {
  readonly resource: Resource<T>;
  readonly store: Store<T>;
};

/**
 * The objects of one kind under all API groups that the provider serves, the present group first.
 *
 * Objects of the same name and namespace ask for one and the same thing: one of them leads, the others follow.
 */
export class Served<T extends KubeObject> {
  readonly kinds: readonly ServedKind<T>[];

  constructor(kinds: readonly ServedKind<T>[]) {
    this.kinds = kinds;
  }

  /** The object that leads under a key, if there is one. */
  get(key: string): T | undefined {
    return leaderOf(this.all(key));
  }

  /** All objects under a key, in the order of their groups. */
  all(key: string): readonly T[] {
    return this.kinds.map(({ store }) => store.get(key)).filter((object) => object !== undefined);
  }

  /** The objects that lead. */
  list(): readonly T[] {
    const lists = this.kinds.map(({ store }) => store.list()).filter((objects) => objects.length > 0);
    if (lists.length <= 1) {
      return lists[0] ?? [];
    }
    const keys = new Set(lists.flatMap((objects) => objects.map(keyOf)));
    return Array.from(keys, (key) => this.get(key)).filter((object) => object !== undefined);
  }

  /** The kind that an object is of. */
  kindOf({ apiVersion }: T): ServedKind<T> {
    const kind = this.kinds.find(({ resource }) => apiVersionOf(resource) === apiVersion);
    if (kind === undefined) {
      throw new Error(`expected an object of an API group that the provider serves, found one of ${apiVersion}`);
    }
    return kind;
  }

  /** Calls `listener` with each change of an object, whether it leads or not. */
  onChange(listener: (change: Change<T>) => void): void {
    this.kinds.forEach(({ store }) => store.onChange(listener));
  }

  /** Stores the response to our own write. */
  written(object: T): void {
    this.kindOf(object).store.written(object);
  }

  /** Asks the server for an object. Returns whether it is still the same one. */
  async refresh(client: Pick<KubeClient, "find">, object: T, signal: AbortSignal): Promise<boolean> {
    const { resource, store } = this.kindOf(object);
    const found = await client.find(resource, object.metadata, signal);
    if (found === undefined) {
      store.deleted(object, undefined);
    } else {
      store.written(found);
    }
    return found?.metadata.uid === object.metadata.uid;
  }

  /** Asks the server for the other objects under the key of an object: their watches may lag behind its own. */
  async refreshOthers(client: Pick<KubeClient, "find">, object: T, signal: AbortSignal): Promise<void> {
    const own = this.kindOf(object);
    for (const { resource, store } of this.kinds.filter((kind) => kind !== own)) {
      const found = await client.find(resource, object.metadata, signal);
      if (found !== undefined) {
        store.written(found);
      }
    }
  }
}

/**
 * Returns the object that leads, of all objects under one key in the order of their groups. Pure.
 *
 * It is the first that is not being deleted. When all are being deleted, it is the first that still has its finalizer.
 */
export function leaderOf<T extends KubeObject>(objects: readonly T[]): T | undefined {
  return chooseLeader(objects, { isTerminating, isHeld });
}

/** Does what `leaderOf` does, for whatever stands for the objects. Pure. */
export function chooseLeader<T>(
  candidates: readonly T[],
  { isTerminating: isEnding, isHeld: isLast }: Readonly<Record<"isTerminating" | "isHeld", (candidate: T) => boolean>>,
): T | undefined {
  return candidates.find((candidate) => !isEnding(candidate)) ?? candidates.find(isLast) ?? candidates[0];
}

/** Whether an object has the finalizer of its API group: the provider has begun something for it. */
export function isHeld(object: KubeObject): boolean {
  return object.metadata.finalizers?.includes(finalizerOf(object)) ?? false;
}

/** The finalizer of an object, which bears the object's API group. */
export function finalizerOf({ apiVersion }: KubeObject): string {
  return `${groupOf(apiVersion)}/finalizer`;
}
