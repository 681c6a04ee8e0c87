import type { Retry } from "./controller.ts";

/** What a reconcile depends on: values that are compared one by one. */
export type Basis = readonly unknown[];

/** What `RestingKeys` have to know. */
export type RestDeps = {
  /**
   * Looks up all that a reconcile of a key would depend on at this moment; `undefined` when anything of it cannot be
   * looked up, or depends on the time.
   */
  readonly basisOf: (key: string) => Basis | undefined;
  /** Whether anything is in a state that it only passes through, and that is left out of the basis. */
  readonly isPassing: (key: string) => boolean;
  /** Whether nothing has put a key into the queue but the time, and changes of what the basis is made of. */
  readonly isCovered: (key: string) => boolean;
  /** How many requests this process has sent so far; `undefined` when nobody counts them. */
  readonly requests: () => number | undefined;
};

type Rest = { readonly basis: Basis; readonly retry: Retry };

/**
 * Spares reconciles that would do what the one before has done: nothing.
 *
 * A reconcile is spared only if the last one of the key sent no request and depended on exactly the values that a look
 * finds now. The values are looked up each time, never noted when they change: whatever has changed a cache unseen, and
 * with a wake-up that was lost, is made up for.
 */
export class RestingKeys {
  readonly #deps: RestDeps;
  readonly #rests = new Map<string, Rest>();

  constructor(deps: RestDeps) {
    this.#deps = deps;
  }

  /** Reconciles a key, or returns what the last reconcile of it has returned. */
  async reconcile(key: string, reconcile: () => Promise<Retry>): Promise<Retry> {
    const { basisOf, isCovered } = this.#deps;
    const basis = basisOf(key);
    const last = this.#rests.get(key);
    if (basis !== undefined && last !== undefined && isCovered(key) && areSame(last.basis, basis)) {
      return last.retry;
    }
    this.#rests.delete(key);
    const before = this.#deps.requests();
    const retry = await reconcile();
    // What a reconcile has left to do is due by time alone.
    const isDone = typeof retry === "object" && retry.urgency === undefined;
    if (basis !== undefined && isDone && this.#isAtRest(key, { basis, before })) {
      this.#rests.set(key, { basis, retry });
    }
    return retry;
  }

  #isAtRest(key: string, { basis, before }: { readonly basis: Basis; readonly before: number | undefined }): boolean {
    const { basisOf, isPassing, requests } = this.#deps;
    const isQuiet = before !== undefined && before === requests();
    return isQuiet && !isPassing(key) && areSame(basis, basisOf(key));
  }

  /** Forgets a key that is reconciled no more. */
  forget(key: string): void {
    this.#rests.delete(key);
  }
}

/** Whether the same values stand in both. */
export function areSame(one: readonly unknown[], other: readonly unknown[] | undefined): boolean {
  return other?.length === one.length && one.every((value, index) => Object.is(value, other[index]));
}
