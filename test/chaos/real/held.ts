import type { Obj } from "../../../sim/object.ts";
import { keyOf } from "../../../src/runtime/key.ts";
import type { Holdings } from "../stage.ts";

/** What an API server said that it holds, by collection. */
export class Held implements Holdings {
  readonly #objects: ReadonlyMap<string, readonly Obj[]>;

  constructor(objects: ReadonlyMap<string, readonly Obj[]>) {
    this.#objects = objects;
  }

  stored(): ReadonlyMap<string, readonly Obj[]> {
    return this.#objects;
  }

  objects(collection: string): readonly Obj[] {
    return this.#objects.get(collection) ?? [];
  }

  peek(collection: string, key: string): Obj | undefined {
    return this.objects(collection).find((object) => keyOf(object) === key);
  }
}
