import type { SimClient } from "../client.ts";
import type { SimClock } from "../clock.ts";
import type { Obj } from "../object.ts";
import { keyOf, type Ref } from "./ref.ts";

/** Whom to watch, and whom to tell. */
export type WatchKindOptions = {
  readonly client: SimClient;
  readonly clock: SimClock;
  readonly type: Pick<Ref, "apiVersion" | "kind">;
  /** Told about every object when a watch begins, and about every change of one afterwards. */
  readonly onChange: (object: Obj, before: Obj | undefined) => void;
  readonly signal: AbortSignal;
  /** Pause before a watch that broke is begun again. */
  readonly pauseMs: number;
};

/** Follows all objects of a kind until the signal is aborted, whatever happens to the connection. */
export async function watchKind(options: WatchKindOptions): Promise<void> {
  const seen = new Map<string, Obj>();
  const tell = (object: Obj): void => {
    const key = keyOf(object);
    const before = seen.get(key);
    seen.set(key, object);
    options.onChange(object, before);
  };
  while (!options.signal.aborted) {
    try {
      for await (const event of options.client.follow(options.type, options.signal)) {
        if (event.type === "restarted") {
          event.objects.forEach(tell);
        } else if (event.type === "applied") {
          tell(event.object);
        } else {
          seen.delete(keyOf(event.object));
          options.onChange(event.object, event.object);
        }
      }
    } catch {
      // The next round says it again if it lasts.
    }
    await options.clock.sleep(options.pauseMs, options.signal);
  }
}
