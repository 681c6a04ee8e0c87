import type { SimClient } from "../../../sim/client.ts";
import type { FollowEvent } from "../../../sim/follow.ts";
import type { Obj } from "../../../sim/object.ts";
import type { KindRef } from "../../../sim/resource-paths.ts";
import { keyOf } from "../../../src/runtime/key.ts";
import type { Change, Holdings } from "../stage.ts";
import { Held } from "./held.ts";

/** Collections that matter, by the names that they have in storage. */
export type Collections = Readonly<Record<string, KindRef>>;

/** What one API server holds, as its watches tell it: a moment late. */
export class Mirror implements Holdings {
  readonly #client: SimClient;
  readonly #collections: Collections;
  readonly #tell: (collection: string, change: Change) => void;
  readonly #held = new Map<string, Map<string, Obj>>();
  readonly #stopped = new AbortController();

  constructor(client: SimClient, collections: Collections, tell: (collection: string, change: Change) => void) {
    this.#client = client;
    this.#collections = collections;
    this.#tell = tell;
  }

  /** Follows every collection, and resolves once each that is served has been listed. */
  async start(): Promise<void> {
    await Promise.all(
      Object.entries(this.#collections).map(async ([collection, kind]) => {
        const isServed = await this.#client.serves(kind);
        const { promise, resolve } = Promise.withResolvers<void>();
        void this.#follow(collection, kind, resolve);
        return isServed ? promise : undefined;
      }),
    );
  }

  /** Stops following. */
  stop(): void {
    this.#stopped.abort();
  }

  stored(): ReadonlyMap<string, readonly Obj[]> {
    return new Map([...this.#held].map(([collection, objects]) => [collection, [...objects.values()]]));
  }

  objects(collection: string): readonly Obj[] {
    return [...(this.#held.get(collection)?.values() ?? [])];
  }

  peek(collection: string, key: string): Obj | undefined {
    return this.#held.get(collection)?.get(key);
  }

  /** What the server says that it holds now. */
  async look(): Promise<Holdings> {
    const lists = await Promise.all(
      Object.entries(this.#collections).map(async ([collection, kind]) => {
        const isServed = await this.#client.serves(kind);
        return [collection, isServed ? await this.#client.list(kind) : []] as const;
      }),
    );
    return new Held(new Map(lists));
  }

  async #follow(collection: string, kind: KindRef, listed: () => void): Promise<void> {
    for await (const event of this.#client.follow(kind, this.#stopped.signal)) {
      this.#take(collection, event);
      listed();
    }
  }

  #take(collection: string, event: FollowEvent): void {
    const held = this.#held.get(collection) ?? new Map<string, Obj>();
    this.#held.set(collection, held);
    if (event.type === "restarted") {
      const there = new Set(event.objects.map(keyOf));
      [...held].filter(([key]) => !there.has(key)).forEach(([, object]) => this.#lose(collection, object));
      event.objects.forEach((object) => this.#keep(collection, object));
    } else if (event.type === "applied") {
      this.#keep(collection, event.object);
    } else {
      this.#lose(collection, event.object);
    }
  }

  #keep(collection: string, object: Obj): void {
    const held = this.#held.get(collection);
    const previous = held?.get(keyOf(object));
    if (previous?.metadata.resourceVersion !== object.metadata.resourceVersion) {
      held?.set(keyOf(object), object);
      this.#tell(collection, {
        type: previous === undefined ? "ADDED" : "MODIFIED",
        object,
        ...(previous && { previous }),
      });
    }
  }

  #lose(collection: string, object: Obj): void {
    const held = this.#held.get(collection);
    const previous = held?.get(keyOf(object));
    held?.delete(keyOf(object));
    this.#tell(collection, { type: "DELETED", object, ...(previous && { previous }) });
  }
}
