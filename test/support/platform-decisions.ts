import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { Decision } from "../../sim/platform/platform-context.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";

/** What the platform answers, which a test may change at any time; what is not mentioned is granted. */
export class PlatformDecisions {
  readonly #decisions = new Map<string, Decision>();
  #touches = 0;

  /** The answer to one request. */
  readonly decide = ({ kind, metadata }: Obj): Decision => this.#decisions.get(`${kind} ${metadata.name}`) ?? "grant";

  /** Answers requests of this name so from now on. Those that are there already are not asked about again. */
  set({ kind, name }: ObjRef, decision: Decision): void {
    this.#decisions.set(`${kind} ${name}`, decision);
  }

  /** Grants a request that was held: `clusterRequest` is the one it belongs to, or it itself. */
  async grant(platform: SimClient, ref: ObjRef, clusterRequest: ObjRef = ref): Promise<void> {
    this.set(ref, "grant");
    this.#touches += 1;
    // Every change of a ClusterRequest has the platform look at it, and at the access to its cluster.
    await platform.patchMerge(clusterRequest, { metadata: { annotations: { touched: String(this.#touches) } } });
  }
}
