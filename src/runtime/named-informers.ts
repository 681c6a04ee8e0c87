import type { KubeObject } from "../kube/object.ts";
import { type FollowFailure, Informer, type InformerOptions } from "./informer.ts";

/** In which namespace objects are watched, and who is notified. */
export type NamedInformersOptions<T extends KubeObject> = Omit<
  InformerOptions<T>,
  "namespace" | "labelSelector" | "fieldSelector" | "onFailure"
> & {
  readonly namespace: string;
  /** Called when the result of `look(name)` changes, and when `name` is settled. */
  readonly onChange: (name: string) => void;
};

/** The last known state of an object. `unknown`: the server has not answered yet. */
export type Look<T> =
  | { readonly state: "present"; readonly object: T }
  | { readonly state: "absent" }
  | { readonly state: "unknown" };

type Followed<T extends KubeObject> = {
  readonly informer: Informer<T>;
  readonly stop: AbortController;
  isSettled: boolean;
};

/**
 * A name whose first list takes longer than this is settled as `unknown`, so that the silent server can be reported.
 */
const SETTLE_MS = 10_000;

/**
 * Watches single objects of one namespace by name, so that no other object is read or stored.
 *
 * Meant for Secrets, most of which are not ours to read. Nobody has to wait for a server: an object is `unknown` until
 * the server answers, and `onChange` is called then.
 */
export class NamedInformers<T extends KubeObject> {
  readonly #options: NamedInformersOptions<T>;
  readonly #followed = new Map<string, Followed<T>>();

  constructor(options: NamedInformersOptions<T>) {
    this.#options = options;
  }

  /** Watches exactly these names from now on. */
  follow(names: ReadonlySet<string>): void {
    for (const [name, { stop }] of this.#followed) {
      if (!names.has(name)) {
        stop.abort();
        this.#followed.delete(name);
      }
    }
    for (const name of names) {
      if (!this.#followed.has(name)) {
        this.#start(name);
      }
    }
  }

  /** The last known state of an object; `unknown` when the name is not watched. */
  look(name: string): Look<T> {
    const informer = this.#followed.get(name)?.informer;
    if (informer?.hasSynced() !== true) {
      return { state: "unknown" };
    }
    const object = informer.store.get(`${this.#options.namespace}/${name}`);
    return object === undefined ? { state: "absent" } : { state: "present", object };
  }

  /** Why a name cannot be watched at the moment; `undefined` while it can, or before the first answer. */
  failure(name: string): FollowFailure | undefined {
    return this.#followed.get(name)?.informer.failure();
  }

  /** Whether the first list of each name was answered, has failed, or has taken too long. */
  isSettled(): boolean {
    return this.#followed.values().every(({ informer, isSettled }) => isSettled || informer.hasSynced());
  }

  /** Ends every watch. */
  close(): void {
    this.follow(new Set());
  }

  #start(name: string): void {
    const { onChange, ...options } = this.#options;
    const failed = Promise.withResolvers<void>();
    const informer = new Informer<T>({
      ...options,
      fieldSelector: `metadata.name=${name}`,
      onFailure: () => failed.resolve(),
    });
    const followed: Followed<T> = { informer, stop: new AbortController(), isSettled: false };
    const { signal } = followed.stop;
    informer.store.onChange(() => onChange(name));
    this.#followed.set(name, followed);
    void informer.run(signal);
    void this.#settle(name, followed, failed.promise);
  }

  async #settle(name: string, followed: Followed<T>, failed: Promise<void>): Promise<void> {
    const { onChange, clock } = this.#options;
    const { informer, stop } = followed;
    const isOver = new AbortController();
    const synced = informer.synced(stop.signal);
    await Promise.race([synced, failed, clock.sleep(SETTLE_MS, isOver.signal)]);
    isOver.abort();
    followed.isSettled = true;
    if (!stop.signal.aborted) {
      onChange(name);
    }
    await synced;
    // An object that does not exist causes no change of the store.
    if (!stop.signal.aborted) {
      onChange(name);
    }
  }
}
