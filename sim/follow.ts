import { readJson, writeJson } from "./json.ts";
import { ClientError } from "./client-error.ts";
import type { SimClock } from "./clock.ts";
import type { Obj } from "./object.ts";
import { readLines, readText } from "./read-body.ts";
import type { KindRef } from "./resource-paths.ts";
import type { SimResponse } from "./transport.ts";
import { trusted } from "./trusted.ts";
import { listAt, objectAt, textAt, valueAt } from "./value-at.ts";

/** What happens in a followed collection. */
export type FollowEvent<T extends Obj = Obj> =
  | { readonly type: "restarted"; readonly objects: readonly T[] }
  | { readonly type: "applied" | "deleted"; readonly object: T };

/** A collection that can be listed and watched, by the queries of the Kubernetes API. */
export type Followed = {
  readonly open: (query: Readonly<Record<string, string>>) => Promise<SimResponse>;
  readonly clock: SimClock;
  readonly kind: KindRef;
};

const GONE = 410;
const RETRY_AFTER_MS = 500;
const WATCH_SECONDS = "300";

/** Follows a collection until `signal` is aborted; see `SimClient.follow`. */
export async function* followCollection<T extends Obj>(
  followed: Followed,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent<T>, void> {
  while (!signal.aborted) {
    try {
      yield* followOnce<T>(followed, signal);
    } catch {
      // Whatever it was (no connection, 401, a kind not served yet): the list that comes next tells what was missed.
      await followed.clock.sleep(RETRY_AFTER_MS, signal);
    }
  }
}

// Lists, then watches until the server has forgotten where we are, or has said nothing. Throws on any other failure.
async function* followOnce<T extends Obj>(
  followed: Followed,
  signal: AbortSignal,
): AsyncGenerator<FollowEvent<T>, void> {
  const list = readJson(await readText(await followed.open({})));
  let resourceVersion = textAt(list, "metadata", "resourceVersion");
  yield { type: "restarted", objects: trusted<readonly T[]>(itemsOf(list, followed.kind)) };
  while (!signal.aborted) {
    let isSilent = true;
    const query = { watch: "true", resourceVersion, allowWatchBookmarks: "true", timeoutSeconds: WATCH_SECONDS };
    for await (const line of readLines(await followed.open(query))) {
      const event = readJson(line);
      isSilent = false;
      if (isGone(event)) {
        return;
      }
      resourceVersion = textAt(event, "object", "metadata", "resourceVersion") || resourceVersion;
      yield* translated<T>(event);
    }
    // A server that ends each watch at once must not be asked in a tight loop.
    await followed.clock.sleep(RETRY_AFTER_MS, signal);
    if (isSilent) {
      return;
    }
  }
}

function isGone(event: unknown): boolean {
  if (textAt(event, "type") !== "ERROR") {
    return false;
  }
  const code = valueAt(event, "object", "code");
  if (code === GONE) {
    return true;
  }
  throw new ClientError(Number(code), writeJson(valueAt(event, "object")));
}

function translated<T extends Obj>(event: unknown): readonly FollowEvent<T>[] {
  const object = trusted<T>(valueAt(event, "object"));
  switch (textAt(event, "type")) {
    case "ADDED":
    case "MODIFIED":
      return [{ type: "applied", object }];
    case "DELETED":
      return [{ type: "deleted", object }];
    default:
      return [];
  }
}

/** Items of a list, with the `apiVersion` and `kind` that lists of built-ins leave out. */
export function itemsOf(list: unknown, { apiVersion, kind }: KindRef): readonly unknown[] {
  return listAt(list, "items").map((item) => ({ apiVersion, kind, ...objectAt(item) }));
}
