import type { Obj } from "../../sim/object.ts";
import type { KubeObject } from "../../src/kube/object.ts";
import { keyOf } from "../../src/runtime/key.ts";
import { Store } from "../../src/runtime/store.ts";
import type { Runtime } from "./runtime.ts";
import { KIND_NAMES, type KindName, kindOf, type StoreName } from "./world.ts";

/** A cache of the provider: own writes are in it at once, everything else when the watch tells. */
export function viewOf<T extends KubeObject>(store: StoreName, runtime: Runtime): Store<T> {
  return new View<T>(
    KIND_NAMES.filter((name) => kindOf(name).store === store),
    runtime,
  );
}

class View<T extends KubeObject> extends Store<T> {
  readonly #names: readonly KindName[];
  readonly #runtime: Runtime;

  constructor(names: readonly KindName[], runtime: Runtime) {
    super();
    this.#names = names;
    this.#runtime = runtime;
  }

  override get(key: string): T | undefined {
    const name = this.#names.find((one) => keyOf(kindOf(one)) === key);
    return name === undefined ? undefined : (this.#runtime.seen(name) as T | undefined);
  }

  override list(): readonly T[] {
    const objects = this.#names.map((name) => this.#runtime.seen(name));
    return objects.filter((object) => object !== undefined) as unknown as readonly T[];
  }

  override inNamespace(namespace: string): readonly T[] {
    return this.list().filter(({ metadata }) => metadata.namespace === namespace);
  }

  override written(object: T): void {
    const { deletionTimestamp, finalizers = [] } = object.metadata;
    const isGone = deletionTimestamp !== undefined && finalizers.length === 0;
    this.#take(object, isGone ? undefined : object);
  }

  override deleted(object: T, left: T | undefined): void {
    if (left !== undefined) {
      this.written(left);
      return;
    }
    const name = this.#nameOf(object);
    const present = name === undefined ? undefined : this.#runtime.seen(name);
    if (present === undefined || present.metadata.uid === object.metadata.uid) {
      this.#take(object, undefined);
    }
  }

  #take(object: T, next: T | undefined): void {
    const name = this.#nameOf(object);
    if (name !== undefined) {
      this.#runtime.wrote(name, next as unknown as Obj | undefined);
    }
  }

  #nameOf(object: T): KindName | undefined {
    return this.#names.find((one) => kindOf(one).name === object.metadata.name);
  }
}
