import type { Clock } from "../kube/clock.ts";
import type { KubeClient } from "../kube/client.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import type { TenantClusters } from "../openmcp/tenant-clusters.ts";
import { Informer } from "../runtime/informer.ts";
import type { Log } from "../runtime/log.ts";
import { USER_RESOURCES } from "./user-objects.ts";

/** What the watches work with. */
export type UserObjectWatchesOptions = {
  readonly clusters: TenantClusters;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** Called with the OCM object's key when something changed on its control plane. */
  readonly onChange: (key: string) => void;
};

/**
 * Watches the user's objects on control planes whose removal they block.
 *
 * Only those: while nothing is being removed, a control plane costs no connection.
 */
export class UserObjectWatches {
  readonly #options: UserObjectWatchesOptions;
  readonly #running = new Map<string, AbortController>();

  constructor(options: UserObjectWatchesOptions) {
    this.#options = options;
  }

  /**
   * Watches these kinds for the OCM object `key`, on the cluster whose kubeconfig is in `secret`; none ends its
   * watches. Watches that run already go on.
   */
  follow(key: string, secret: ObjectRef, kinds: readonly string[]): void {
    if (kinds.length === 0) {
      this.stop(key);
      return;
    }
    if (this.#running.has(key)) {
      return;
    }
    const stop = new AbortController();
    this.#running.set(key, stop);
    void this.#options.clusters.use(secret, (client) => this.#watch(client, { key, kinds, signal: stop.signal }));
  }

  /** Ends the watches of an OCM object. */
  stop(key: string): void {
    this.#running.get(key)?.abort();
    this.#running.delete(key);
  }

  /** Ends all watches. */
  close(): void {
    for (const key of this.#running.keys()) {
      this.stop(key);
    }
  }

  async #watch(
    client: KubeClient,
    { key, kinds, signal }: { readonly key: string; readonly kinds: readonly string[]; readonly signal: AbortSignal },
  ): Promise<void> {
    const { clock, random, log, onChange } = this.#options;
    const informers = USER_RESOURCES.filter(({ kind }) => kinds.includes(kind)).map((resource) => {
      const informer = new Informer({ client, resource, clock, random, log, project: withoutContent });
      informer.store.onChange(() => onChange(key));
      return informer;
    });
    await Promise.all(informers.map((informer) => informer.run(signal)));
  }
}

function withoutContent({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata };
}
