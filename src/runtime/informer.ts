import type { KeepingListOptions, ListOptions, RawWatchEvent, WatchOptions } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import { GoneError, NotFoundError, SilentWatchError } from "../kube/errors.ts";
import type { Selection } from "../kube/list.ts";
import type { KubeObject } from "../kube/object.ts";
import type { Resource } from "../kube/resource.ts";
import { Backoff } from "./backoff.ts";
import { Failures } from "./failures.ts";
import type { Log } from "./log.ts";
import type { SharedValues } from "./shared-values.ts";
import { Store } from "./store.ts";
import { untilAborted } from "../kube/deadline.ts";

/** The part of `KubeClient` that informers use. */
export type ListWatch<T extends KubeObject> = {
  list(
    resource: Resource<T>,
    options: KeepingListOptions<T>,
  ): Promise<{ readonly items: readonly T[]; readonly resourceVersion: string }>;
  watch(resource: Resource<T>, options: WatchOptions): AsyncIterable<RawWatchEvent<T>>;
};

/** Which objects an informer watches, and how. */
export type InformerOptions<T extends KubeObject> = Selection & {
  readonly client: ListWatch<T>;
  readonly resource: Resource<T>;
  /** Validates an object, or removes fields, before it is stored. An object for which this throws is invalid. */
  readonly project?: (object: T) => T;
  /** What the stored objects share with those of other informers. Default: nothing. */
  readonly shared?: SharedValues;
  /** Whether an object is stored. Who answers otherwise than before has the store evict objects, or lists again. */
  readonly accepts?: (object: T) => boolean;
  /** A server that does not know the resource has no objects of it, and is asked again. Default: that is a failure. */
  readonly isOptional?: boolean;
  /** Called whenever the server does not know the resource, if that is no failure. */
  readonly onUnserved?: () => void;
  readonly clock: Clock;
  /** Yields numbers in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
  /** Called for each list, accepted watch and event. */
  readonly onContact?: () => void;
  /** Called for each failed list or watch. */
  readonly onFailure?: () => void;
};

/** Why a resource cannot be listed or watched. */
export type FollowFailure = { readonly error: unknown; readonly sinceMs: number };

const SHORTEST_WATCH_MS = 1000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
/** A server that was restored from a backup can refuse a resource version in many ways, so list again after these. */
const FAILURES_BEFORE_NEW_LIST = 3;

/**
 * Keeps a store equal to the objects of one resource on one API server.
 *
 * An informer never gives up: it repeats a failed request after a growing delay of at most 30 s. It lists again at once
 * when the server has forgotten the resource version of the watch, or says nothing about what comes after it: a server
 * that was restored from a backup is silent until it has reached that version again.
 */
export class Informer<T extends KubeObject> {
  readonly store: Store<T>;
  readonly resource: Resource<T>;
  readonly #options: InformerOptions<T>;
  readonly #log: Log;
  readonly #backoff: Backoff;
  readonly #logged = new Failures();
  readonly #firstList = Promise.withResolvers<void>();
  /** Where the next watch begins; absent when a list is due. */
  #resourceVersion: string | undefined;
  #failures = 0;
  #hasSynced = false;
  #failure: FollowFailure | undefined;
  /** Told of the next list that begins from now on. */
  readonly #relisted: (() => void)[] = [];
  #restart = new AbortController();

  constructor(options: InformerOptions<T>) {
    this.#options = options;
    this.resource = options.resource;
    this.#log = options.log.child({ resource: options.resource.plural });
    this.#backoff = new Backoff({ baseMs: FIRST_RETRY_MS, maxMs: LONGEST_RETRY_MS, random: options.random });
    this.store = new Store<T>({
      project: options.project,
      shared: options.shared,
      onListenerError: (error) => this.#log.error({ err: error }, "a listener of the store failed"),
    });
    this.store.onChange(({ key, invalid }) => {
      if (invalid !== undefined) {
        this.#log.warn({ err: invalid, key }, "cannot take in an object, keeping the last good one");
      }
    });
  }

  /** Whether the first list has filled the store. */
  hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** Resolves when the first list has filled the store, or `signal` is aborted. */
  async synced(signal: AbortSignal): Promise<void> {
    await Promise.race([this.#firstList.promise, untilAborted(signal)]);
  }

  /** Why the resource cannot be watched at the moment; `undefined` while it can, or before the first answer. */
  failure(): FollowFailure | undefined {
    return this.#failure;
  }

  /** Whether no watch has lasted since the last failure, so that news may be missing although lists succeed. */
  isBehind(): boolean {
    return this.#failures > 0;
  }

  /** Lists again. Resolves when a list that was begun after this call is in the store, or `signal` is aborted. */
  async relist(signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#relisted.push(resolve);
    this.#restart.abort();
    await Promise.race([promise, untilAborted(signal)]);
  }

  /** Lists and watches the resource until `signal` is aborted. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    this.#resourceVersion = undefined;
    while (!signal.aborted) {
      try {
        await this.#turn(signal);
      } catch (error) {
        await this.#recover(error, signal);
      }
    }
  }

  async #turn(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    if (this.#relisted.length > 0) {
      this.#resourceVersion = undefined;
    }
    this.#resourceVersion ??= await this.#list(signal);
    const startedAt = clock.now();
    this.#restart = new AbortController();
    if (this.#relisted.length === 0) {
      await this.#watch(this.#resourceVersion, AbortSignal.any([signal, this.#restart.signal]));
    }
    if (this.#relisted.length > 0) {
      return;
    }
    this.#noteProgress();
    this.#noteUpToDate();
    // A proxy that closes every watch at once must not make this loop flood the server.
    await clock.sleep(Math.max(0, SHORTEST_WATCH_MS - (clock.now() - startedAt)), signal);
  }

  // A function of its own: the frame of one that awaits the watch as well would keep all listed objects meanwhile.
  async #list(signal: AbortSignal): Promise<string> {
    const { client, resource, onContact } = this.#options;
    const keep = (object: T): T => this.store.keep(object);
    const told = this.#relisted.splice(0);
    try {
      const { items, resourceVersion } = await client.list(resource, { ...this.#scope(signal), keep });
      onContact?.();
      this.#replace(items);
      told.forEach((tell) => tell());
      return resourceVersion;
    } catch (error) {
      this.#relisted.push(...told);
      throw error;
    }
  }

  #replace(items: readonly T[]): void {
    const { accepts = () => true } = this.#options;
    this.#hasSynced = true;
    this.store.replace(items.filter(accepts));
    this.#firstList.resolve();
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { client, resource } = this.#options;
    const onOpen = (): void => this.#noteFollowing();
    for await (const event of client.watch(resource, { ...this.#scope(signal), resourceVersion, onOpen })) {
      if (signal.aborted) {
        return;
      }
      this.#noteProgress();
      this.#noteFollowing();
      if (event.type === "BOOKMARK") {
        this.#resourceVersion = event.resourceVersion;
        this.#noteUpToDate();
      } else {
        this.#resourceVersion = event.object.metadata.resourceVersion ?? this.#resourceVersion;
        this.#take(event);
      }
      if (this.#resourceVersion === undefined) {
        return;
      }
    }
  }

  #take(event: Exclude<RawWatchEvent<T>, { type: "BOOKMARK" }>): void {
    if (event.type === "DELETED") {
      this.store.remove(event.object);
    } else if (this.#options.accepts?.(event.object) !== false) {
      this.store.set(event.object);
    }
  }

  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      return;
    }
    if (this.#isUnserved(error)) {
      await this.#waitUntilServed(signal);
    } else if (error instanceof SilentWatchError) {
      this.#resourceVersion = undefined;
    } else {
      await this.#recoverFromFailure(error, signal);
    }
  }

  async #recoverFromFailure(error: unknown, signal: AbortSignal): Promise<void> {
    this.#failures += 1;
    const isGone = error instanceof GoneError;
    if (isGone || this.#failures % FAILURES_BEFORE_NEW_LIST === 0) {
      this.#resourceVersion = undefined;
    }
    if (isGone && this.#failures === 1) {
      this.#log.debug({ err: error }, "the server has forgotten our position, listing again");
      return;
    }
    this.#failure = { error, sinceMs: this.#failure?.sinceMs ?? this.#options.clock.now() };
    this.#options.onFailure?.();
    const retryAfterMs = this.#backoff.next("");
    const level = this.#logged.level("", error);
    this.#log[level](
      { err: error, retryAfterMs: Math.round(retryAfterMs) },
      "cannot follow the resource, trying again",
    );
    await this.#options.clock.sleep(retryAfterMs, signal);
  }

  #isUnserved(error: unknown): boolean {
    return this.#options.isOptional === true && error instanceof NotFoundError;
  }

  async #waitUntilServed(signal: AbortSignal): Promise<void> {
    this.#resourceVersion = undefined;
    this.#noteProgress();
    this.#noteFollowing();
    this.#replace([]);
    this.#options.onUnserved?.();
    await this.#options.clock.sleep(LONGEST_RETRY_MS, signal);
  }

  /** A watch has sent an event or has ended normally, so the next failure is the first one. A list does not count. */
  #noteProgress(): void {
    this.#failures = 0;
    this.#backoff.reset("");
    if (this.#logged.end("")) {
      this.#log.info("following the resource again");
    }
  }

  #noteUpToDate(): void {
    if (this.store.hasOverdueWrites()) {
      this.#resourceVersion = undefined;
    }
  }

  #noteFollowing(): void {
    this.#failure = undefined;
    this.#options.onContact?.();
  }

  #scope(signal: AbortSignal): ListOptions {
    const { namespace, labelSelector, fieldSelector } = this.#options;
    return { namespace, labelSelector, fieldSelector, signal };
  }
}
