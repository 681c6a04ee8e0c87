import type { KubeClient } from "../kube/client.ts";
import { UnreachableError } from "../kube/errors.ts";
import type { ObjectRef } from "../kube/object.ts";
import { keyOf } from "../runtime/key.ts";
import { clientFromSecret, type KubeconfigSecretClient, type KubeconfigSecretDeps } from "./kubeconfig-secret.ts";

/** What the clients of tenants' clusters are made of. */
export type TenantClustersOptions = KubeconfigSecretDeps & {
  /** How many clients are kept while nobody uses them; at least 1, default 100. */
  readonly maxIdle?: number;
  /** Told of a kubeconfig that could not be read again, and of a client that could not be closed. */
  readonly onError: (error: unknown) => void;
};

type Entry = KubeconfigSecretClient & { users: number };

const DEFAULT_MAX_IDLE = 100;
/** Thousands of objects of a kind. A control plane is its tenant's: what it says must not fill this process. */
const MAX_LIST_BYTES = 20_000_000;

/**
 * Keeps clients of tenants' clusters, one for each kubeconfig Secret.
 *
 * Of those nobody uses, the most recently used ones are kept. A client is never closed while it is in use.
 */
export class TenantClusters {
  /** In the order of their last use, the longest ago first. */
  readonly #entries = new Map<string, Entry>();
  readonly #options: TenantClustersOptions;

  constructor(options: TenantClustersOptions) {
    this.#options = options;
  }

  /** Does `work` with the client for the kubeconfig in `secret`, which is a Secret of the platform cluster. */
  async use<R>(secret: ObjectRef, work: (client: KubeClient) => Promise<R>): Promise<R> {
    const entry = this.#take(keyOf(secret), secret);
    entry.users += 1;
    try {
      return await work(entry.client);
    } catch (error) {
      if (error instanceof UnreachableError) {
        // A cluster that was made anew under the same name has another address: the old one refuses nothing, it is mute.
        await entry.reload().catch(this.#options.onError);
      }
      throw error;
    } finally {
      entry.users -= 1;
      void this.#evict(this.#options.maxIdle ?? DEFAULT_MAX_IDLE);
    }
  }

  /** Closes all clients that are not in use. */
  close(): Promise<void> {
    return this.#evict(0);
  }

  #take(key: string, secret: ObjectRef): Entry {
    const clientOptions = { ...this.#options.clientOptions, maxListBytes: MAX_LIST_BYTES };
    const entry = this.#entries.get(key) ?? {
      ...clientFromSecret(() => secret, { ...this.#options, clientOptions }),
      users: 0,
    };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry;
  }

  async #evict(maxIdle: number): Promise<void> {
    const idle = [...this.#entries].filter(([, { users }]) => users === 0);
    const unwanted = idle.slice(0, Math.max(0, idle.length - maxIdle));
    for (const [key] of unwanted) {
      this.#entries.delete(key);
    }
    await Promise.all(unwanted.map(([, { close }]) => close().catch(this.#options.onError)));
  }
}
