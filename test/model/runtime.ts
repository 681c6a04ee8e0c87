import type { Obj } from "../../sim/object.ts";
import type { Request } from "./requests.ts";
import type { Answer } from "./server.ts";
import type { KindName } from "./world.ts";

/** What the provider's code works with in one run: it asks, is answered, and looks into its caches. */
export type Runtime = {
  /** Sends a request. */
  ask(request: Request): Promise<Answer>;
  /** What a cache has of an object. */
  seen(name: KindName): Obj | undefined;
  /** Takes down what a write of our own leaves in a cache. */
  wrote(name: KindName, object: Obj | undefined): void;
};
