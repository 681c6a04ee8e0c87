import type { Obj } from "../../sim/object.ts";
import type { Memory } from "./memory.ts";
import type { Request } from "./requests.ts";
import type { Answer } from "./server.ts";
import type { KindName, OcmName } from "./world.ts";

/** What the provider's code works with in one run: it asks, is answered, and looks into its caches. */
export type Runtime = {
  /** Sends a request. */
  ask(request: Request): Promise<Answer>;
  /** What a cache has of an object. */
  seen(name: KindName): Obj | undefined;
  /** Takes down what a write of our own leaves in a cache. */
  wrote(name: KindName, object: Obj | undefined): void;
  /** What the process remembers; asked for once, at the beginning. */
  recall(leader: OcmName | undefined): Memory;
};

/** The only time in the model, in ms. */
export const NOW_MS = 1_800_000_000_000;
