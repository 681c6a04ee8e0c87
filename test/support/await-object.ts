import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";

/** What is waited for, in words for the failure, and how long. */
export type Waiting = { readonly what: string; readonly withinMs?: number };

// What takes a second alone may take half a minute beside other suites on a slow machine.
const DEADLINE_MS = 60_000;

/** Waits, by a watch, until an object is as `isMet` wants it; `undefined` stands for an object that does not exist. */
export async function awaitObject<T extends Obj = Obj>(
  client: SimClient,
  ref: ObjRef,
  isMet: (object: T | undefined) => boolean,
  { what, withinMs = DEADLINE_MS }: Waiting,
): Promise<T | undefined> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), withinMs);
  let last: T | undefined;
  try {
    for await (const object of statesOf<T>(client, ref, stop.signal)) {
      last = object;
      if (isMet(object)) {
        return object;
      }
    }
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
  throw new Error(
    `expected within ${withinMs} ms: ${what}; found ${ref.kind} ${ref.name}: ${JSON.stringify(last, shown, 1)}`,
  );
}

/** Waits until an object exists and is as `isMet` wants it. */
export async function awaitPresent<T extends Obj = Obj>(
  client: SimClient,
  ref: ObjRef,
  isMet: (object: T) => boolean,
  waiting: Waiting,
): Promise<T> {
  const object = await awaitObject<T>(client, ref, (found) => found !== undefined && isMet(found), waiting);
  if (object === undefined) {
    throw new Error(`expected ${waiting.what}`);
  }
  return object;
}

/** Waits until an object does not exist. */
export async function awaitGone(client: SimClient, ref: ObjRef, withinMs?: number): Promise<void> {
  const waiting = { what: `${ref.kind} ${ref.name} is gone`, ...(withinMs !== undefined && { withinMs }) };
  await awaitObject(client, ref, (object) => object === undefined, waiting);
}

/** Yields each state of one object, starting with the present one; `undefined` while it does not exist. */
export async function* statesOf<T extends Obj = Obj>(
  client: SimClient,
  ref: ObjRef,
  signal: AbortSignal,
): AsyncGenerator<T | undefined> {
  const { apiVersion, kind, namespace, name } = ref;
  for await (const event of client.follow<T>({ apiVersion, kind, namespace }, signal, {
    fieldSelector: `metadata.name=${name}`,
  })) {
    switch (event.type) {
      case "restarted":
        yield event.objects.find(({ metadata }) => metadata.name === name);
        break;
      case "applied":
        yield event.object;
        break;
      case "deleted":
        yield undefined;
    }
  }
}

// Most of an object, and nothing that explains a failure.
function shown(key: string, value: unknown): unknown {
  if (typeof value === "bigint") {
    return String(value);
  }
  return key === "managedFields" ? undefined : value;
}
