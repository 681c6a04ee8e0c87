import type { Obj } from "../object.ts";
import type { ControlLoop } from "../stand-in/control-loop.ts";
import { keyOf } from "../stand-in/ref.ts";
import { textAt, valueAt } from "../value-at.ts";

type Target = Pick<Obj["metadata"], "name" | "namespace">;

/** Knows which AccessRequests a change concerns, so that hundreds of them do not wake each other. */
export class AccessRequests {
  readonly #loop: Pick<ControlLoop, "add">;
  readonly #seen = new Map<string, Obj>();

  constructor(loop: Pick<ControlLoop, "add">) {
    this.#loop = loop;
  }

  /** Remembers what an AccessRequest refers to. */
  saw(request: Obj): void {
    this.#seen.set(keyOf(request), request);
  }

  /** Puts those that refer to an object in one of the two ways into the loop. */
  wake(way: "clusterRef" | "requestRef", { name, namespace = "" }: Target): void {
    for (const [key, request] of this.#seen) {
      const ref = valueAt(request, "spec", way);
      if (textAt(ref, "name") === name && textAt(ref, "namespace") === namespace) {
        this.#loop.add(key);
      }
    }
  }
}
