import type { Clock } from "../../kube/clock.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import type { Resource } from "../../kube/resource.ts";
import { Informer, type ListWatch } from "../../runtime/informer.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Log } from "../../runtime/log.ts";

/** What every wait needs and no wait decides. */
export type WaitDeps = {
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly signal: AbortSignal;
};

/** What a look at an object came to. */
export type Sighting<R> = { readonly found: R } | { readonly waitingFor: string };

/** One wait for one object. */
export type Wait<T extends KubeObject, R> = {
  readonly client: ListWatch<T>;
  readonly resource: Resource<T>;
  readonly ref: ObjectRef;
  /**
   * Looks at the object, `undefined` while it does not exist, and returns what the wait is for, or the reason why it
   * goes on. Throws when waiting longer cannot help.
   */
  readonly look: (object: T | undefined) => Sighting<R>;
  readonly timeoutMs: number;
};

/**
 * Follows one object by a watch on its name until `look` has found what it looks for.
 *
 * Logs each new reason to wait. Rejects with the last of them when the time is up, and when `signal` is aborted.
 */
export async function waitForObject<T extends KubeObject, R>(wait: Wait<T, R>, deps: WaitDeps): Promise<R> {
  deps.signal.throwIfAborted();
  const stop = new AbortController();
  const signal = AbortSignal.any([deps.signal, stop.signal]);
  const informer = new Informer<T>({
    client: wait.client,
    resource: wait.resource,
    ...(wait.ref.namespace !== undefined && { namespace: wait.ref.namespace }),
    fieldSelector: `metadata.name=${wait.ref.name}`,
    clock: deps.clock,
    random: deps.random,
    log: deps.log,
  });
  const running = informer.run(signal);
  try {
    return await firstFound(informer, wait, { ...deps, signal });
  } finally {
    stop.abort();
    await running;
  }
}

/** Looks for the end of an object that was read, and finds the one that has taken its place, if there is one. */
export function lookForEndOf<T extends KubeObject>({
  kind,
  metadata: { uid },
}: T): (current: T | undefined) => Sighting<T | undefined> {
  return (current) => {
    if (current === undefined || current.metadata.uid !== uid) {
      return { found: current };
    }
    const { finalizers = [] } = current.metadata;
    const holders = finalizers.length === 0 ? "" : `; its finalizers: ${finalizers.join(", ")}`;
    return { waitingFor: `the ${kind} to be gone${holders}` };
  };
}

function firstFound<T extends KubeObject, R>(informer: Informer<T>, wait: Wait<T, R>, deps: WaitDeps): Promise<R> {
  const name = `${wait.resource.kind} "${keyOf(wait.ref)}"`;
  let reason = `an answer about ${name}`;
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (deps.signal.aborted) {
        return;
      }
      try {
        const seen = wait.look(informer.store.get(keyOf(wait.ref)));
        if ("found" in seen) {
          resolve(seen.found);
        } else if (seen.waitingFor !== reason) {
          reason = seen.waitingFor;
          deps.log.info({ kind: wait.resource.kind, object: keyOf(wait.ref) }, `waiting for ${reason}`);
        }
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    const giveUp = (): void => {
      const cause = deps.signal.aborted ? "interrupted" : `gave up after ${wait.timeoutMs / 1000} s`;
      reject(new Error(`${cause} while waiting for ${reason}`));
    };
    informer.store.onChange(look);
    void informer.synced(deps.signal).then(look, () => undefined);
    void deps.clock.sleep(wait.timeoutMs, deps.signal).then(giveUp);
  });
}
