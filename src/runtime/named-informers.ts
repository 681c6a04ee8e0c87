import type { KubeObject } from "../kube/object.ts";
import { Informer, type InformerOptions } from "./informer.ts";

/** Which namespace is followed, and who is told. */
export type NamedInformersOptions<T extends KubeObject> = Omit<
  InformerOptions<T>,
  "namespace" | "labelSelector" | "fieldSelector"
> & {
  readonly namespace: string;
  /** Called when an object with one of the names appears, changes or goes. */
  readonly onChange: (name: string) => void;
};

type Followed<T extends KubeObject> = { readonly informer: Informer<T>; readonly stop: AbortController };

/**
 * Follows single objects of one namespace by name, so that nothing else of it is read or kept.
 *
 * Meant for Secrets: a watch on all of them would hold what is none of our business.
 */
export class NamedInformers<T extends KubeObject> {
  readonly #options: NamedInformersOptions<T>;
  readonly #followed = new Map<string, Followed<T>>();

  constructor(options: NamedInformersOptions<T>) {
    this.#options = options;
  }

  /** Follows exactly these names from now on. */
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

  /** The last known state of an object, if it is followed and there. */
  get(name: string): T | undefined {
    return this.#followed.get(name)?.informer.store.get(`${this.#options.namespace}/${name}`);
  }

  /** Resolves when it is known of every followed name whether there is such an object, or `signal` is aborted. */
  async synced(signal: AbortSignal): Promise<void> {
    for (let unknown = this.#unknown(); unknown.length > 0 && !signal.aborted; unknown = this.#unknown()) {
      // One that is not followed any more will never be known.
      await Promise.all(unknown.map(({ informer, stop }) => informer.synced(AbortSignal.any([signal, stop.signal]))));
    }
  }

  /** Ends every watch. */
  close(): void {
    this.follow(new Set());
  }

  #unknown(): readonly Followed<T>[] {
    return [...this.#followed.values()].filter(({ informer }) => !informer.hasSynced());
  }

  #start(name: string): void {
    const { onChange, ...options } = this.#options;
    const informer = new Informer<T>({ ...options, fieldSelector: `metadata.name=${name}` });
    const stop = new AbortController();
    informer.store.onChange(() => onChange(name));
    this.#followed.set(name, { informer, stop });
    void informer.run(stop.signal);
  }
}
