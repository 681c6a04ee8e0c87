import type { PatchOptions } from "../kube/client.ts";
import type { Clock } from "../kube/clock.ts";
import { type Event, events } from "../kube/core.ts";
import { NotFoundError } from "../kube/errors.ts";
import type { KubeObject, ObjectRef } from "../kube/object.ts";
import { metadataOf, type Resource } from "../kube/resource.ts";
import { toKubeTime } from "./conditions.ts";
import { forgetOldest } from "./remember.ts";
import type { Log } from "./log.ts";
import { EVENT_MESSAGE_BYTES, storedMessage } from "./stored-message.ts";

/** The part of `KubeClient` that event recorders use. */
export type EventClient = {
  create(resource: Resource, object: Event, signal: AbortSignal): Promise<KubeObject>;
  mergePatch(resource: Resource, ref: ObjectRef, patch: unknown, options: PatchOptions): Promise<KubeObject>;
};

/** The content of an Event. */
export type EventContent = {
  readonly type: "Normal" | "Warning";
  /** For machines, in CamelCase. */
  readonly reason: string;
  /** For people: what happened and what to do. Secrets are masked, and the message is cut to the limit of the API. */
  readonly message: string;
  readonly action?: string;
};

/** How a recorder writes Events. */
export type EventRecorderOptions = {
  /** Name of the controller, as `kubectl describe` shows it. */
  readonly component: string;
  /** Name of the process, for example the name of its pod. */
  readonly instance: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Aborts running requests. */
  readonly signal: AbortSignal;
  /** Told of each Event that is dropped: too many wait, or an API server has not taken it. */
  readonly onDrop?: (cause: "backlog" | "error") => void;
};

type Lane = { readonly backlog: Queued[]; sending: Promise<void> | undefined };

/** What is remembered of an Event: as little as it takes to count it once more. */
type Series = {
  readonly name: string;
  readonly firstAtMs: number;
  /** How often the Event was recorded. */
  count: number;
  lastAtMs: number;
  isCreated: boolean;
  isQueued: boolean;
};

/** An Event that waits to be written. */
type Queued = { readonly series: Series; readonly client: EventClient; readonly event: Event };

/** Nobody reads more of an answer to an Event than that there is one. */
const BARE_EVENTS = metadataOf(events);
const LARGEST_NAME_PREFIX = 200;
const REMEMBERED_SERIES = 1000;
/** From here on, what is only counted once more is not written. */
const LONG_BACKLOG = 500;
/** One for each of many tenants: what is news is dropped only to bound the memory. */
const LONGEST_BACKLOG = 10_000;
/** For each object: as many Events as a person can read, then one every five minutes. */
const BURST = 25;
const REFILL_MS = 300_000;

/**
 * Writes Events in the background, at a limited rate.
 *
 * An Event that is recorded again is counted in the one that exists. The number of different Events of one object is
 * limited. An Event that cannot be written is logged and dropped. Memory is bounded; when many Events wait, repeated ones
 * are dropped long before any that tells of a change.
 *
 * Events are of `v1` and not of `events.k8s.io/v1`: `kubectl describe` lists the former and shows their count, and a
 * count can be patched without the read that a series needs.
 */
export class EventRecorder {
  readonly #options: EventRecorderOptions;
  readonly #buckets: TokenBuckets;
  /** By object and content, least recently recorded first. */
  readonly #series = new Map<string, Series>();
  /**
   * As many Events are written at the same time: faster than all tenants that are worked on at once can cause them. The
   * Events of one object are in one lane, so that they are written in their order.
   */
  readonly #lanes: readonly [Lane, ...Lane[]] = [newLane(), newLane(), newLane(), newLane()];
  #waiting = 0;
  /** Why Events are being dropped: until one is written, or until the backlog is empty. */
  readonly #dropping = new Set<"backlog" | "error">();
  #created = 0;

  constructor(options: EventRecorderOptions) {
    this.#options = options;
    this.#buckets = new TokenBuckets({ clock: options.clock, burst: BURST, refillMs: REFILL_MS });
  }

  /** Records an Event, which is written soon after. Never throws. */
  record(client: EventClient, regarding: KubeObject, content: EventContent): void {
    const { uid = "", name, namespace = "" } = regarding.metadata;
    const { type, reason, action = "" } = content;
    const message = storedMessage(content.message, EVENT_MESSAGE_BYTES);
    const object = [regarding.kind, namespace, name, uid].join("/");
    const identity = JSON.stringify([object, type, reason, action, message]);
    const series = this.#series.get(identity) ?? this.#begin(name);
    series.count += 1;
    series.lastAtMs = this.#options.clock.now();
    this.#remember(identity, series);
    if (series.isQueued || !this.#buckets.take(object)) {
      return;
    }
    if (this.#waiting >= (series.isCreated ? LONG_BACKLOG : LONGEST_BACKLOG)) {
      this.#drop("backlog", "too many events at once, dropped one", { object, reason });
      return;
    }
    series.isQueued = true;
    this.#waiting += 1;
    const lane = this.#laneOf(object);
    lane.backlog.push({ series, client, event: this.#eventOf(series, regarding, { ...content, message }) });
    lane.sending ??= this.#send(lane);
  }

  /** Resolves when all Events recorded so far have been written or dropped. */
  async flush(): Promise<void> {
    await Promise.all(this.#lanes.map(({ sending }) => sending ?? Promise.resolve()));
  }

  #laneOf(object: string): Lane {
    let sum = 0;
    for (let at = 0; at < object.length; at += 1) {
      sum += object.charCodeAt(at);
    }
    return this.#lanes[sum % this.#lanes.length] ?? this.#lanes[0];
  }

  async #send(lane: Lane): Promise<void> {
    for (let queued = lane.backlog.shift(); queued !== undefined; queued = lane.backlog.shift()) {
      queued.series.isQueued = false;
      this.#waiting -= 1;
      try {
        await this.#write(queued);
        this.#dropping.delete("error");
      } catch (error) {
        const { involvedObject, reason } = queued.event;
        this.#drop("error", "cannot write an event, dropped it", { err: error, object: involvedObject.name, reason });
      }
    }
    lane.sending = undefined;
    if (this.#waiting === 0) {
      this.#dropping.delete("backlog");
    }
  }

  #drop(why: "backlog" | "error", message: string, fields: object): void {
    this.#options.onDrop?.(why);
    this.#options.log[this.#dropping.has(why) ? "debug" : "warn"](fields, message);
    this.#dropping.add(why);
  }

  async #write({ series, client, event }: Queued): Promise<void> {
    const { signal } = this.#options;
    const counted = { count: series.count, lastTimestamp: toKubeTime(new Date(series.lastAtMs)) };
    if (series.isCreated) {
      try {
        await client.mergePatch(BARE_EVENTS, event.metadata, counted, { signal });
        return;
      } catch (error) {
        // API servers delete Events after about an hour.
        if (!(error instanceof NotFoundError)) {
          throw error;
        }
      }
    }
    await client.create(BARE_EVENTS, { ...event, ...counted }, signal);
    series.isCreated = true;
  }

  #begin(object: string): Series {
    const firstAtMs = this.#options.clock.now();
    this.#created += 1;
    // The time makes the name unique among processes, the number makes it unique in this process.
    const suffix = `${firstAtMs.toString(16)}${this.#created.toString(16).padStart(4, "0")}`;
    const name = `${object.slice(0, LARGEST_NAME_PREFIX).replace(/[-.]+$/u, "")}.${suffix}`;
    return { name, firstAtMs, count: 0, lastAtMs: firstAtMs, isCreated: false, isQueued: false };
  }

  #eventOf(series: Series, regarding: KubeObject, { type, reason, message, action }: EventContent): Event {
    const { component, instance } = this.#options;
    const { name, namespace, uid, resourceVersion } = regarding.metadata;
    return {
      apiVersion: "v1",
      kind: "Event",
      // `kubectl describe` looks for the Events of cluster-scoped objects in `default`.
      metadata: { name: series.name, namespace: namespace ?? "default" },
      involvedObject: {
        apiVersion: regarding.apiVersion,
        kind: regarding.kind,
        name,
        ...(namespace !== undefined && { namespace }),
        ...(uid !== undefined && { uid }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      },
      type,
      reason,
      message,
      ...(action !== undefined && { action }),
      firstTimestamp: toKubeTime(new Date(series.firstAtMs)),
      source: { component },
      reportingComponent: component,
      reportingInstance: instance,
    };
  }

  #remember(identity: string, series: Series): void {
    this.#series.delete(identity);
    this.#series.set(identity, series);
    forgetOldest(this.#series, REMEMBERED_SERIES);
  }
}

function newLane(): Lane {
  return { backlog: [], sending: undefined };
}

/** `burst` tokens at once, then one every `refillMs`. */
export type TokenBucketsOptions = { readonly clock: Clock; readonly burst: number; readonly refillMs: number };

const REMEMBERED_BUCKETS = 4096;

/**
 * A token bucket for each key.
 *
 * Only the keys used last are remembered; a forgotten key starts with a full bucket.
 */
export class TokenBuckets {
  readonly #options: TokenBucketsOptions;
  /** When each bucket will be full again; least recently used first. */
  readonly #fullAt = new Map<string, number>();

  constructor(options: TokenBucketsOptions) {
    this.#options = options;
  }

  /** Takes a token; false when there is none. */
  take(key: string): boolean {
    const { clock, burst, refillMs } = this.#options;
    const nowMs = clock.now();
    // Each token taken delays the moment when the bucket is full; an empty bucket is full after `burst * refillMs`.
    const fullAtMs = Math.max(nowMs, this.#fullAt.get(key) ?? nowMs) + refillMs;
    if (fullAtMs - nowMs > burst * refillMs) {
      return false;
    }
    this.#fullAt.delete(key);
    this.#fullAt.set(key, fullAtMs);
    forgetOldest(this.#fullAt, REMEMBERED_BUCKETS);
    return true;
  }
}
