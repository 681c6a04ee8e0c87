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

/** Objects by key, as far as a watch has told of them: what controllers read from instead of asking the server. */
export type Heard = ReadonlyMap<string, Obj>;

/** Follows all objects of a kind until the signal is aborted; gives what has been heard of them. */
export function watchKind(options: WatchKindOptions): Heard {
  const heard = new Map<string, Obj>();
  void follow(options, heard);
  return heard;
}

async function follow({ client, type, onChange, signal }: WatchKindOptions, heard: Map<string, Obj>): Promise<void> {
  const tell = (object: Obj, before: Obj | undefined): void => {
    heard.set(keyOf(object), object);
    onChange(object, before);
  };
  for await (const event of client.follow(type, signal)) {
    if (event.type === "restarted") {
      const before = new Map(heard);
      heard.clear();
      event.objects.forEach((object) => tell(object, before.get(keyOf(object))));
    } else if (event.type === "applied") {
      tell(event.object, heard.get(keyOf(event.object)));
    } else {
      heard.delete(keyOf(event.object));
      onChange(event.object, undefined);
    }
  }
}
