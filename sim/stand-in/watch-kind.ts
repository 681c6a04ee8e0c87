import type { SimClient } from "../client.ts";
import type { KindRef } from "../resource-paths.ts";
import type { Obj } from "../object.ts";
import { keyOf } from "./ref.ts";

/** Whom to watch, and whom to tell. */
export type WatchKindOptions = {
  readonly client: SimClient;
  readonly type: KindRef;
  /** Told about every object when a watch begins, and about every change of one afterwards. */
  readonly onChange: (object: Obj, before: Obj | undefined) => void;
  readonly signal: AbortSignal;
};

/** Follows all objects of a kind until the signal is aborted. */
export async function watchKind({ client, type, onChange, signal }: WatchKindOptions): Promise<void> {
  const seen = new Map<string, Obj>();
  const tell = (object: Obj): void => {
    const key = keyOf(object);
    const before = seen.get(key);
    seen.set(key, object);
    onChange(object, before);
  };
  for await (const event of client.follow(type, signal)) {
    if (event.type === "restarted") {
      event.objects.forEach(tell);
    } else if (event.type === "applied") {
      tell(event.object);
    } else {
      seen.delete(keyOf(event.object));
      onChange(event.object, undefined);
    }
  }
}
