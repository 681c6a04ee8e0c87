import type { SimClock } from "../../clock.ts";
import type { Change, Collection } from "./collection.ts";

/** When the changes of a collection come out. */
export type WatchCacheOptions = { readonly clock: SimClock; readonly delayMs: number };

/**
 * The changes of a collection as its watches hear of them: in order, and each `delayMs` after it has happened.
 *
 * A real API server answers a write when etcd has it; its watches are fed from a cache that hears of it later.
 */
export class WatchCache {
  readonly #collection: Collection;
  readonly #options: WatchCacheOptions;
  readonly #listeners = new Set<() => void>();
  #timedForMs: number | undefined;

  constructor(collection: Collection, options: WatchCacheOptions) {
    this.#collection = collection;
    this.#options = options;
    collection.onChange(() => void this.#announce());
  }

  /** Changes after `revision` that have come out, in order, or `undefined` when some of them are forgotten. */
  since(revision: number): readonly Change[] | undefined {
    const changes = this.#collection.since(revision);
    // A watch that has heard of a change never looks back: while one is not out, none after it is, whatever a clock does.
    const now = this.#options.clock.now();
    const waiting = changes?.findIndex((change) => this.#outAt(change) > now) ?? -1;
    return waiting === -1 ? changes : changes?.slice(0, waiting);
  }

  /** When the first change after `revision` comes out; absent where there is none yet. */
  nextOutAt(revision: number): number | undefined {
    const next = this.#collection.since(revision)?.[0];
    return next && this.#outAt(next);
  }

  /** Calls `listener` whenever a change comes out that has happened since, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  #outAt({ atMs }: Change): number {
    return atMs + this.#options.delayMs;
  }

  // One timer for all changes of a moment, and none where nobody listens.
  async #announce(): Promise<void> {
    const { clock, delayMs } = this.#options;
    if (delayMs > 0) {
      if (this.#listeners.size === 0 || this.#timedForMs === clock.now()) {
        return;
      }
      this.#timedForMs = clock.now();
      await clock.sleep(delayMs);
    }
    this.#listeners.forEach((listener) => listener());
  }
}
