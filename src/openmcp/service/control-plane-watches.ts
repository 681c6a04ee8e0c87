import type { KubeClient, RawWatchEvent } from "../../kube/client.ts";
import type { Clock } from "../../kube/clock.ts";
import { customResourceDefinitions } from "../../kube/core.ts";
import { MalformedAnswerError, NotFoundError } from "../../kube/errors.ts";
import type { KubeObject, ObjectRef } from "../../kube/object.ts";
import { collectionPath, type Resource } from "../../kube/resource.ts";
import { Informer, type ListWatch } from "../../runtime/informer.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Log } from "../../runtime/log.ts";
import type { TenantClusters } from "../platform/tenant-clusters.ts";

/** The objects of one kind on a control plane. */
export type ObjectsOfKind = {
  readonly resource: Resource;
  readonly count: number;
  /** The first few. */
  readonly named: readonly ObjectRef[];
  /** Changes after this look come after this version. */
  readonly resourceVersion: string;
};

/** How many objects of a kind are named at most. */
const MOST_NAMED = 3;

/**
 * Looks for the objects of an API group on a control plane, kind by kind, as the control plane serves them now.
 *
 * A group, or a kind, that is not served has no objects, if it is an API server that says so. Throws when the control
 * plane does not answer for one of the kinds.
 */
export async function findObjects(client: KubeClient, group: string, signal: AbortSignal): Promise<ObjectsOfKind[]> {
  const found: ObjectsOfKind[] = [];
  const resources = await client.resourcesOfGroup(group, signal);
  // The lists are read one after the other, so that only one answer of a control plane takes memory at a time.
  for (const resource of resources) {
    const objects = await objectsOf(client, resource, signal);
    if (objects !== undefined) {
      found.push(objects);
    }
  }
  if (found.length === 0 || found.length < resources.length) {
    // A proxy whose cluster is gone does not find anything either.
    await client.version(signal);
  }
  return found;
}

async function objectsOf(
  client: KubeClient,
  resource: Resource,
  signal: AbortSignal,
): Promise<ObjectsOfKind | undefined> {
  try {
    const { items, remaining, resourceVersion } = await client.listMetadata(resource, { limit: MOST_NAMED, signal });
    const named = items.map(({ metadata: { name, namespace } }) => ({ name, ...(namespace && { namespace }) }));
    checkTexts([resourceVersion, ...named.flatMap((one) => Object.values(one))], resource);
    return { resource, count: items.length + remaining, named, resourceVersion };
  } catch (error) {
    if (error instanceof NotFoundError) {
      return undefined;
    }
    throw error;
  }
}

// The names become a part of a condition, and stay in memory until every kind is listed.
function checkTexts(texts: readonly unknown[], { plural }: Resource): void {
  if (!texts.every((text) => typeof text === "string" && /^[!-~]{0,253}$/u.test(text))) {
    throw new MalformedAnswerError(
      `the list of ${plural} holds a name, a namespace or a resourceVersion that no API server gives`,
    );
  }
}

/** What the watches work with. */
export type ControlPlaneWatchesOptions = {
  readonly clusters: Pick<TenantClusters, "use">;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  /** The API group whose kinds are watched. */
  readonly group: string;
  /** Called with the key of the tenant's object when objects, or kinds, have come or gone on its control plane. */
  readonly onChange: (key: string) => void;
};

type Running = {
  readonly key: string;
  readonly secret: ObjectRef;
  readonly stop: AbortController;
  /** Paths of the collections that are watched. */
  readonly watched: Set<string>;
  /** Those among them that the control plane lists and has never let be watched: the poll has to do for them. */
  readonly refused: Set<string>;
  isNoticeDue: boolean;
};

/** One collection that is watched. */
type Watched = {
  readonly resource: Resource;
  /** Where the watch begins; absent where that has to be asked for. */
  readonly since?: string;
  /** Which events matter. */
  readonly matters: (event: ObjectEvent) => boolean;
  /** Called for those. */
  readonly onChange: () => void;
};

type ObjectEvent = Exclude<RawWatchEvent, { readonly type: "BOOKMARK" }>;

/** On so many control planes at the same time; for those of others the poll has to do, until a place is free. */
const MOST_FOLLOWED = 1000;
/** Far more than a toolkit has: a hostile control plane must not make this process open watches without end. */
const MOST_KINDS = 30;
/**
 * Events within this time lead to one look. An API server also shows a new kind in its discovery a moment after the
 * CustomResourceDefinition has become `Established`.
 */
const GATHERING_MS = 1000;

/**
 * Watches the objects of an API group on single control planes as long as they are waited for, as objects of users that
 * block a removal, and the CustomResourceDefinitions of the group.
 *
 * A control plane on which nothing is waited for costs no connection, and no more than so many are watched: each of them
 * costs connections. Nothing of the objects is kept.
 */
export class ControlPlaneWatches {
  readonly #options: ControlPlaneWatchesOptions;
  readonly #running = new Map<string, Running>();

  constructor(options: ControlPlaneWatchesOptions) {
    this.#options = options;
  }

  /**
   * Watches the kinds that were found for the tenant's object `key`, on the cluster whose kubeconfig is in `secret`; no
   * object ends its watches. Watches that run already with this kubeconfig go on. Where many control planes are watched
   * already, this does nothing.
   */
  follow(key: string, secret: ObjectRef, found: readonly ObjectsOfKind[]): void {
    if (found.every(({ count }) => count === 0)) {
      this.stop(key);
      return;
    }
    if (!this.#running.has(key) && this.#running.size >= MOST_FOLLOWED) {
      return;
    }
    const { group } = this.#options;
    const running = this.#runningWith(secret, key);
    const isOfGroup = ({ object }: ObjectEvent): boolean => object.metadata.name.endsWith(`.${group}`);
    const onKind = (): void => {
      running.refused.forEach((path) => running.watched.delete(path));
      running.refused.clear();
      this.#notify(running);
    };
    this.#begin(running, { resource: customResourceDefinitions, matters: isOfGroup, onChange: onKind });
    const onChange = (): void => this.#notify(running);
    for (const { resource, resourceVersion } of found.toSorted((left, right) => right.count - left.count)) {
      this.#begin(running, { resource, since: resourceVersion, matters: ({ type }) => type !== "MODIFIED", onChange });
    }
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
    if (running !== undefined && keyOf(running.secret) === keyOf(secret)) {
      return running;
    }
    // Access that was granted anew lies in another Secret, and the earlier one opens nothing any more.
    this.stop(key);
    const begun: Running = {
      key,
      secret,
      stop: new AbortController(),
      watched: new Set(),
      refused: new Set(),
      isNoticeDue: false,
    };
    this.#running.set(key, begun);
    return begun;
  }

  #begin(running: Running, watched: Watched): void {
    const path = collectionPath(watched.resource);
    if (running.watched.has(path) || running.watched.size > MOST_KINDS) {
      return;
    }
    running.watched.add(path);
    const end = new AbortController();
    let hasOpened = false;
    const onUnserved = (): void => {
      end.abort();
      // A look at a kind that is listed and cannot be watched would lead to the next look, without end.
      if (hasOpened) {
        running.watched.delete(path);
        watched.onChange();
      } else {
        running.refused.add(path);
      }
    };
    const signal = AbortSignal.any([running.stop.signal, end.signal]);
    void this.#options.clusters.use(running.secret, (client) => {
      const { clock, random, log } = this.#options;
      const { resource } = watched;
      const changes = changesOf(client, watched, () => {
        hasOpened = true;
      });
      return new Informer({ client: changes, resource, clock, random, log, isOptional: true, onUnserved }).run(signal);
    });
  }

  #notify(running: Running): void {
    if (running.isNoticeDue) {
      return;
    }
    running.isNoticeDue = true;
    const { signal } = running.stop;
    void this.#options.clock.sleep(GATHERING_MS, signal).then(() => {
      running.isNoticeDue = false;
      if (!signal.aborted) {
        this.#options.onChange(running.key);
      }
    });
  }
}

/**
 * Shows a collection to an informer as an empty one, and calls `onChange` at its changes. A tenant can write more objects
 * than this process has memory, so the informer stores none of them.
 */
function changesOf(
  client: KubeClient,
  { since, matters, onChange }: Watched,
  onOpen: () => void,
): ListWatch<KubeObject> {
  let begin = since;
  return {
    list: async (resource, { signal }) => {
      const known = begin;
      begin = undefined;
      if (known !== undefined) {
        return { items: [], resourceVersion: known };
      }
      const { resourceVersion } = await client.listMetadata(resource, { limit: 1, signal });
      onChange();
      return { items: [], resourceVersion };
    },
    async *watch(resource, options) {
      const opened = (): void => {
        options.onOpen?.();
        onOpen();
      };
      for await (const event of client.watchMetadata(resource, { ...options, onOpen: opened })) {
        if (event.type !== "BOOKMARK" && matters(event)) {
          onChange();
        }
        yield event.type === "BOOKMARK" ? event : positionOf(event);
      }
    },
  };
}

function positionOf({ object: { metadata } }: ObjectEvent): RawWatchEvent {
  return { type: "BOOKMARK", resourceVersion: metadata.resourceVersion ?? "" };
}
