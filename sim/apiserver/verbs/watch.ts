import { type ApiError, badRequest, expired, invalid } from "../api/api-error.ts";
import { apiVersionOf } from "../api/served-resource.ts";
import { isTrue } from "../request/request-info.ts";
import { parseResourceVersion } from "../request/resource-version.ts";
import { parseSelection, type Selection } from "../request/selection.ts";
import type { Change, Collection } from "../storage/collection.ts";
import type { WatchCache } from "../storage/watch-cache.ts";
import type { Call } from "./call.ts";
import { fromStored } from "./conversion.ts";
import type { SimClock } from "../../clock.ts";
import type { JsonObject } from "../../json.ts";
import type { Obj } from "../../object.ts";

/** One event of a watch. */
export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: Obj }
  | { readonly type: "BOOKMARK"; readonly object: JsonObject }
  | { readonly type: "ERROR"; readonly object: JsonObject };

type Watch = {
  readonly collection: Collection;
  /** Of the collection when the watch began. */
  readonly restores: number;
  readonly cache: WatchCache;
  readonly selects: Selection;
  readonly show: (stored: Obj) => Obj;
  readonly wantsBookmarks: boolean;
  readonly endsAt: number;
  readonly clock: SimClock;
  readonly signal: AbortSignal;
};

const BOOKMARK_EVERY_MS = 60_000;
const FINAL_BOOKMARK_BEFORE_MS = 2_000;
const SHORTEST_DEFAULT_MS = 1_800_000;

/**
 * Starts a watch; throws at once when its start is forgotten or not reached yet.
 *
 * An object that leaves the selection is reported as deleted, one that enters it as added.
 * The events end when the time is over, the signal is aborted, or the reader is too slow for the history.
 */
export function watchObjects(call: Call, signal: AbortSignal): AsyncGenerator<WatchEvent, void> {
  const start = startOf(call);
  const { core, resource } = call;
  const collection = core.storage.collection(resource.collection);
  const watch: Watch = {
    collection,
    restores: collection.restores,
    cache: core.storage.watchCache(resource.collection),
    selects: parseSelection(resource, call.info.namespace, call.query),
    show: (stored) => fromStored(resource, stored),
    wantsBookmarks: isTrue(call.query.get("allowWatchBookmarks")),
    endsAt: core.clock.now() + durationOf(call),
    clock: core.clock,
    signal,
  };
  if (watch.collection.since(start.revision) === undefined) {
    return failed(expired(`too old resource version: ${String(start.revision)} (${String(core.storage.revision)})`));
  }
  const initial = start.showsExisting ? existing(watch) : [];
  const closing = start.endsInitial ? [bookmark(call, core.storage.revision, INITIAL_END)] : [];
  return follow(call, watch, { revision: start.revision, first: [...initial, ...closing] });
}

type Start = { readonly revision: number; readonly showsExisting: boolean; readonly endsInitial: boolean };

const INITIAL_END = { "k8s.io/initial-events-end": "true" };

function startOf({ query, core }: Call): Start {
  const wanted = parseResourceVersion(query.get("resourceVersion"));
  const current = core.storage.revision;
  const sendInitial = isTrue(query.get("sendInitialEvents"));
  checkInitial(query);
  const showsExisting = query.has("sendInitialEvents") ? sendInitial : wanted === undefined || wanted === 0;
  const fromNow = showsExisting || wanted === undefined || wanted === 0;
  return {
    revision: fromNow ? current : wanted,
    showsExisting,
    endsInitial: showsExisting && isTrue(query.get("allowWatchBookmarks")),
  };
}

function checkInitial(query: URLSearchParams): void {
  const match = query.get("resourceVersionMatch");
  if (query.has("sendInitialEvents") === (match !== null) && (match === null || match === "NotOlderThan")) {
    return;
  }
  const message =
    match === null
      ? "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan"
      : "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
  throw invalid({ group: "meta.k8s.io", kind: "ListOptions", name: "" }, [
    { field: "resourceVersionMatch", reason: "FieldValueForbidden", message },
  ]);
}

function durationOf({ query, core }: Call): number {
  const seconds = Number(query.get("timeoutSeconds") ?? "0");
  if (!Number.isInteger(seconds) || seconds < 0) {
    throw badRequest(`timeoutSeconds: Invalid value: ${query.get("timeoutSeconds") ?? ""}`);
  }
  return seconds > 0 ? seconds * 1000 : SHORTEST_DEFAULT_MS * (1 + core.random());
}

async function* failed(error: ApiError): AsyncGenerator<WatchEvent, void> {
  await Promise.resolve();
  yield { type: "ERROR", object: error.status };
}

async function* follow(
  call: Call,
  watch: Watch,
  start: { readonly revision: number; readonly first: readonly WatchEvent[] },
): AsyncGenerator<WatchEvent, void> {
  yield* start.first;
  let { revision } = start;
  let bookmarkAt = nextBookmark(watch);
  while (!isOver(call, watch, revision)) {
    const changes = watch.cache.since(revision);
    if (changes === undefined) {
      yield { type: "ERROR", object: expired(`too old resource version: ${String(revision)}`).status };
      return;
    }
    const last = changes.at(-1);
    if (last !== undefined) {
      revision = last.revision;
      yield* changes.flatMap((change) => eventOf(watch, change));
      continue;
    }
    const isBehind = watch.cache.nextOutAt(revision) !== undefined;
    // A watch from a revision that is not reached yet hears nothing until it is, as on a real API server.
    if (!isBehind && revision > call.core.storage.revision) {
      await waitForChange(watch.cache, revision, { at: watch.endsAt, clock: watch.clock, signal: watch.signal });
      continue;
    }
    if (!isBehind && watch.clock.now() >= bookmarkAt) {
      // Nothing is left to report, so the reader may go on from the latest revision of all.
      revision = call.core.storage.revision;
      bookmarkAt = nextBookmark(watch);
      yield* watch.wantsBookmarks ? [bookmark(call, revision)] : [];
      continue;
    }
    const at = isBehind ? watch.endsAt : Math.min(bookmarkAt, watch.endsAt);
    await waitForChange(watch.cache, revision, { at, clock: watch.clock, signal: watch.signal });
  }
}

// A resource that is served no more ends its watches when they have told everything.
function isOver({ core, resource }: Call, watch: Watch, revision: number): boolean {
  const { collection, cache, signal, clock, endsAt } = watch;
  const { group, version, plural } = resource;
  const isServed = core.registry.find(group, version, plural) !== undefined;
  const isRestored = collection.restores !== watch.restores;
  return (
    signal.aborted || isRestored || clock.now() >= endsAt || (!isServed && cache.nextOutAt(revision) === undefined)
  );
}

// Once a minute, and once more shortly before the end.
function nextBookmark({ clock, endsAt }: Watch): number {
  const regular = clock.now() + BOOKMARK_EVERY_MS;
  const final = endsAt - FINAL_BOOKMARK_BEFORE_MS;
  return final > clock.now() ? Math.min(regular, final) : regular;
}

function existing({ collection, show, selects }: Watch): readonly WatchEvent[] {
  return collection
    .list()
    .map(show)
    .filter(selects)
    .map((object) => ({ type: "ADDED", object }));
}

function eventOf({ show, selects }: Watch, { type, object, previous }: Change): readonly WatchEvent[] {
  const after = show(object);
  const wasSelected = previous !== undefined && selects(show(previous));
  const isSelected = type !== "DELETED" && selects(after);
  if (isSelected) {
    return [{ type: wasSelected ? "MODIFIED" : "ADDED", object: after }];
  }
  if (!wasSelected) {
    return [];
  }
  // The reader gets the last state it knew, at the revision at which the object went out of sight.
  const { resourceVersion = "" } = after.metadata;
  const last = type === "DELETED" ? after : show(previous);
  return [{ type: "DELETED", object: { ...last, metadata: { ...last.metadata, resourceVersion } } }];
}

function bookmark({ resource }: Call, revision: number, annotations?: Readonly<Record<string, string>>): WatchEvent {
  const metadata = { resourceVersion: String(revision), ...(annotations !== undefined && { annotations }) };
  return {
    type: "BOOKMARK",
    object: {
      kind: resource.kind,
      apiVersion: apiVersionOf(resource),
      metadata: { ...metadata },
    },
  };
}

/** When to stop waiting. */
type Deadline = { readonly at: number; readonly clock: SimClock; readonly signal: AbortSignal };

// Nobody reads why; an error of its own for each wake-up would cost more than the rest of the waiting.
const WOKEN = new Error("woken");

/** Resolves as soon as watches hear of a change after `revision`, at the latest at the deadline. */
async function waitForChange(cache: WatchCache, revision: number, deadline: Deadline): Promise<void> {
  const { clock, signal } = deadline;
  const stop = new AbortController();
  const abort = (): void => {
    stop.abort(WOKEN);
  };
  const unsubscribe = cache.onChange(abort);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted || cache.since(revision)?.length !== 0) {
    abort();
  }
  const at = Math.min(deadline.at, cache.nextOutAt(revision) ?? Infinity);
  await clock.sleep(Math.max(0, at - clock.now()), stop.signal);
  unsubscribe();
  signal.removeEventListener("abort", abort);
}
