import type { Clock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import { isStatus, MalformedAnswerError, SilentWatchError, toApiError } from "./errors.ts";
import { describe, type ExchangeOptions, open, toExchangeError } from "./exchange.ts";
import { isRecord, parseJson } from "./json.ts";
import type { Selection } from "./list.ts";
import type { KubeObject } from "./object.ts";
import { collectionPath, isObjectOf, METADATA, type Resource, withoutContent } from "./resource.ts";
import type { TransportResponse } from "./transport.ts";

type WatchStart = Selection & {
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  readonly onOpen?: () => void;
  /** Asks for the metadata of the objects only. */
  readonly isBare?: boolean;
};

const SHORTEST_WATCH_S = 300;
/** API servers send a bookmark about every minute, so a watch without any event for this long is dead. */
const IDLE_MS = 150_000;

/** Follows a collection; see `KubeClient.watch`. */
export async function* watchCollection<T extends KubeObject>(
  exchangeOptions: ExchangeOptions,
  resource: Resource<T>,
  options: WatchStart,
): AsyncGenerator<ObjectEvent<T> | BookmarkEvent> {
  const { clock } = exchangeOptions;
  const call = { method: "GET", path: collectionPath(resource, options.namespace) } as const;
  const cut = new AbortController();
  const signal = AbortSignal.any([options.signal, cut.signal]);
  try {
    const response = await openWatch(exchangeOptions, call.path, { ...options, signal });
    options.onOpen?.();
    const silence = `${describe(call)}: the watch said nothing for ${IDLE_MS / 1000} s`;
    const guard = guardIdleness(clock, signal, () => cut.abort(new SilentWatchError(silence)));
    const read = options.isBare === true ? withoutContent : asItIs;
    const maxLineLength = options.isBare === true ? MAX_STORED_LENGTH : MAX_LINE_LENGTH;
    const source = { request: describe(call), resource, read, maxLineLength };
    yield* readWatchEvents(source, touching(response.body, guard.touch));
  } catch (error) {
    if (!signal.aborted) {
      throw toExchangeError(call, error);
    }
  } finally {
    cut.abort();
  }
  if (cut.signal.reason instanceof SilentWatchError && !options.signal.aborted) {
    throw cut.signal.reason;
  }
}

function openWatch(exchangeOptions: ExchangeOptions, path: string, options: WatchStart): Promise<TransportResponse> {
  const { clock, requestTimeoutMs, random } = exchangeOptions;
  const query = {
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion: options.resourceVersion,
    // Random, so that watches which were opened together do not end together.
    timeoutSeconds: String(Math.round(SHORTEST_WATCH_S * (1 + random()))),
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
  };
  const { signal } = options;
  const form = options.isBare === true && { accept: METADATA };
  // The signal of the watch, which lives on; whoever opens a watch aborts it when it is not opened in time.
  return withDeadline({ clock, timeoutMs: requestTimeoutMs, signal }, () =>
    open(exchangeOptions, { method: "GET", path, query, ...form, signal }),
  );
}

function asItIs(_resource: Resource, object: unknown): unknown {
  return object;
}

/** Calls `onIdle` when `touch` was not called for `IDLE_MS`, unless `signal` is aborted before. */
function guardIdleness(clock: Clock, signal: AbortSignal, onIdle: () => void): { readonly touch: () => void } {
  let touchedAt = clock.now();
  const guard = async (): Promise<void> => {
    while (!signal.aborted) {
      const leftMs = touchedAt + IDLE_MS - clock.now();
      if (leftMs <= 0) {
        onIdle();
        return;
      }
      await clock.sleep(leftMs, signal);
    }
  };
  void guard();
  return {
    touch: () => {
      touchedAt = clock.now();
    },
  };
}

async function* touching(body: AsyncIterable<Uint8Array>, touch: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    touch();
    yield chunk;
  }
}

/** An object was created, changed or deleted. */
export type ObjectEvent<T extends KubeObject> = {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: T;
};

/** The watch has sent every event up to `resourceVersion`. */
export type BookmarkEvent = { readonly type: "BOOKMARK"; readonly resourceVersion: string };

/** As large as the answer with one object may be. */
const MAX_LINE_LENGTH = 10_000_000;
/** Above the largest object of etcd (1.5 MB): many watches of one server may each hold a line of that length. */
const MAX_STORED_LENGTH = 2_000_000;

/** What a watch is of. `request` names it in messages. */
type Source<T extends KubeObject> = {
  readonly request: string;
  readonly resource: Resource<T>;
  readonly read: (resource: Resource, object: unknown) => unknown;
  readonly maxLineLength: number;
};

/**
 * Reads watch events from a body; an `ERROR` event is thrown as the typed error.
 *
 * No message quotes the stream, which may contain Secrets.
 */
async function* readWatchEvents<T extends KubeObject>(
  source: Source<T>,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ObjectEvent<T> | BookmarkEvent> {
  for await (const line of splitLines(body, source.maxLineLength)) {
    if (line.trim() !== "") {
      yield toWatchEvent(source, line);
    }
  }
}

function toWatchEvent<T extends KubeObject>(
  { request, resource, read }: Source<T>,
  line: string,
): ObjectEvent<T> | BookmarkEvent {
  const { type, object } = parseEvent(line);
  if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") {
    const shown = read(resource, object);
    if (isObjectOf(resource, shown)) {
      return { type, object: shown };
    }
  }
  if (type === "BOOKMARK" && isRecord(object["metadata"])) {
    return { type, resourceVersion: String(object["metadata"]["resourceVersion"]) };
  }
  if (type === "ERROR") {
    const status = isStatus(object) ? object : {};
    throw toApiError(request, status.code ?? 500, status);
  }
  throw new MalformedAnswerError(`a line of ${line.length} characters is not a watch event`);
}

function parseEvent(line: string): { readonly type?: unknown; readonly object: Readonly<Record<string, unknown>> } {
  try {
    const parsed = parseJson(line);
    return isRecord(parsed) && isRecord(parsed["object"])
      ? { type: parsed["type"], object: parsed["object"] }
      : { object: {} };
  } catch {
    return { object: {} };
  }
}

/**
 * Splits a stream of UTF-8 bytes into lines without their line feeds. The text after the last line feed is a line too
 * unless it is empty.
 *
 * Throws a `MalformedAnswerError` for bytes that are not UTF-8, and for a line of more than `maxLength` characters.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>, maxLength: number): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let pending: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const [first = "", ...rest] = decode(decoder, chunk).split("\n");
    pending.push(first);
    length += first.length;
    for (const start of rest) {
      yield pending.join("");
      pending = [start];
      length = start.length;
    }
    if (length > maxLength) {
      throw new MalformedAnswerError(`a line is longer than ${maxLength} characters`);
    }
  }
  pending.push(decode(decoder));
  const last = pending.join("");
  if (last !== "") {
    yield last;
  }
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw new MalformedAnswerError("the stream is not UTF-8");
  }
}
