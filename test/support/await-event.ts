import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { kindOf } from "./kinds.ts";

/** An Event as tests read it. */
export type SeenEvent = Obj & {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly involvedObject: { readonly kind: string; readonly name: string; readonly uid?: string };
};

const DEADLINE_MS = 30_000;

/** Waits until an object has an Event with a reason, and with `text` in its message when that is given. */
export async function awaitEvent(client: SimClient, regarding: ObjRef, reason: string, text = ""): Promise<SeenEvent> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), DEADLINE_MS);
  const isMet = ({ involvedObject, ...event }: SeenEvent): boolean =>
    involvedObject.kind === regarding.kind &&
    involvedObject.name === regarding.name &&
    event.reason === reason &&
    event.message.includes(text);
  const seen: string[] = [];
  try {
    for await (const change of client.follow<SeenEvent>(
      kindOf("event", regarding.namespace ?? "default"),
      stop.signal,
    )) {
      const events = change.type === "restarted" ? change.objects : [change.object];
      const found = events.find(isMet);
      if (found !== undefined) {
        return found;
      }
      seen.push(...events.map((event) => `${event.involvedObject.name} ${event.reason}: ${event.message}`));
    }
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
  throw new Error(
    `expected an Event ${reason} "${text}" of ${regarding.kind} ${regarding.name}; found\n${seen.join("\n")}`,
  );
}
