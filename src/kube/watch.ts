import type { Clock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import { describe, type ExchangeOptions, open, toExchangeError } from "./exchange.ts";
import type { Selection } from "./list.ts";
import type { KubeObject } from "./object.ts";
import { collectionPath } from "./resource-path.ts";
import type { Resource } from "./resource.ts";
import type { TransportResponse } from "./transport.ts";
import { type BookmarkEvent, type ObjectEvent, readWatchEvents } from "./watch-events.ts";

type WatchStart = Selection & {
  readonly resourceVersion: string;
  readonly signal: AbortSignal;
  readonly onOpen?: () => void;
};

const SHORTEST_WATCH_S = 300;
/** Servers send a bookmark about every minute, so a watch that is silent for more than two is dead. */
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
    const guard = guardIdleness(clock, signal, () => cut.abort());
    yield* readWatchEvents(describe(call), resource, touching(response.body, guard.touch));
  } catch (error) {
    if (!signal.aborted) {
      throw toExchangeError(call, error);
    }
  } finally {
    cut.abort();
  }
}

function openWatch(exchangeOptions: ExchangeOptions, path: string, options: WatchStart): Promise<TransportResponse> {
  const { clock, requestTimeoutMs, random } = exchangeOptions;
  const query = {
    watch: "true",
    allowWatchBookmarks: "true",
    resourceVersion: options.resourceVersion,
    // Spread over minutes, so that watches opened together do not end together.
    timeoutSeconds: String(Math.round(SHORTEST_WATCH_S * (1 + random()))),
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
  };
  return withDeadline({ clock, timeoutMs: requestTimeoutMs, signal: options.signal }, (signal) =>
    open(exchangeOptions, { method: "GET", path, query, signal }),
  );
}

/** Calls `onIdle` once nothing was touched for `IDLE_MS`; ends with `signal`. */
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
