import { NotFoundError } from "../../kube/errors.ts";
import type { KubeClient } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { Informer } from "../../runtime/informer.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Log } from "../../runtime/log.ts";
import type { TenantClusters } from "../platform/tenant-clusters.ts";

/** What the watches work with. */
export type ControlPlaneWatchesOptions = {
  readonly clusters: Pick<TenantClusters, "use">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** What can be watched. */
  readonly resources: readonly Resource[];
  /** Called with the key of the tenant's object when something changed on its control plane. */
  readonly onChange: (key: string) => void;
};

type Running = { readonly secret: string; readonly stop: AbortController; readonly kinds: Set<string> };

/**
 * Watches objects on single control planes as long as they are waited for, as objects of users that block a removal.
 *
 * A control plane on which nothing is waited for costs no connection.
 */
export class ControlPlaneWatches {
  readonly #options: ControlPlaneWatchesOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: ControlPlaneWatchesOptions) {
    this.#options = options;
  }

  /**
   * Watches these kinds for the tenant's object `key`, on the cluster whose kubeconfig is in `secret`; none ends its
   * watches. Watches that run already with this kubeconfig go on.
   */
  follow(key: string, secret: ObjectRef, kinds: readonly string[]): void {
    if (kinds.length === 0) {
      this.stop(key);
      return;
    }
    const running = this.#runningWith(secret, key);
    const further = kinds.filter((kind) => !running.kinds.has(kind));
    if (further.length === 0) {
      return;
    }
    further.forEach((kind) => running.kinds.add(kind));
    const { signal } = running.stop;
    void this.#options.clusters.use(secret, (client) => this.#watch(client, { key, kinds: further, signal }));
  }

  /** Ends the watches for the object of a tenant. */
  stop(key: string): void {
    this.#running.get(key)?.stop.abort();
    this.#running.delete(key);
  }

  /** Ends all watches. */
  close(): void {
    for (const key of this.#running.keys()) {
      this.stop(key);
    }
  }

  #runningWith(secret: ObjectRef, key: string): Running {
    const running = this.#running.get(key);
    if (running?.secret === keyOf(secret)) {
      return running;
    }
    // Access that was granted anew lies in another Secret, and the earlier one opens nothing any more.
    this.stop(key);
    const begun = { secret: keyOf(secret), stop: new AbortController(), kinds: new Set<string>() };
    this.#running.set(key, begun);
    return begun;
  }

  async #watch(
    client: KubeClient,
    { key, kinds, signal }: { readonly key: string; readonly kinds: readonly string[]; readonly signal: AbortSignal },
  ): Promise<void> {
    const { resources, clock, random, log, onChange } = this.#options;
    const informers = resources
      .filter(({ kind }) => kinds.includes(kind))
      .map((resource) => {
        const informer = new Informer({ client, resource, clock, random, log, project: withoutContent });
        informer.store.onChange(() => onChange(key));
        return informer;
      });
    await Promise.all(
      informers.flatMap((informer) => [informer.run(signal), this.#noticeEmpty(informer, key, signal)]),
    );
  }

  // What went between the look that found it and the first list is no change of the store.
  async #noticeEmpty(informer: Informer<KubeObject>, key: string, signal: AbortSignal): Promise<void> {
    await informer.synced(signal);
    if (!signal.aborted && informer.store.list().length === 0) {
      this.#options.onChange(key);
    }
  }
}

// Not even annotations: whoever has a control plane may write as much there as this process has memory.
function withoutContent({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, resourceVersion } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(resourceVersion !== undefined && { resourceVersion }),
    },
  };
}

/** How many objects of one kind a control plane has. */
export type ObjectCount = { readonly kind: string; readonly count: number };

/**
 * Counts the objects of these kinds on a control plane, kinds without any left out.
 *
 * A kind whose CRD is missing has no objects, if it is an API server that says so.
 */
export async function countObjects(
  client: KubeClient,
  resources: readonly Resource[],
  signal: AbortSignal,
): Promise<ObjectCount[]> {
  const counts: ObjectCount[] = [];
  // One after the other: of what a control plane may answer, only one list at a time takes memory.
  for (const resource of resources) {
    const count = await countOf(client, resource, signal);
    if (count === undefined) {
      // A proxy whose cluster is gone does not find anything either.
      await client.version(signal);
    } else if (count > 0) {
      counts.push({ kind: resource.kind, count });
    }
  }
  return counts;
}

async function countOf(client: KubeClient, resource: Resource, signal: AbortSignal): Promise<number | undefined> {
  try {
    const { items } = await client.list<KubeObject>(resource, { signal });
    return items.length;
  } catch (error) {
    if (error instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}
