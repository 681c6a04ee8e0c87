import { isTerminating } from "../kube/object.ts";
import type { Secret } from "../kube/core.ts";
import { keyOf } from "../runtime/key.ts";
import { type Part, type ReconcileContext, refusalOf } from "./context.ts";
import type { Blocked, Blocker, ReasonOf } from "./reasons.ts";

/** Copies of the operator's Secrets in the tenant namespace: what the chart is fetched with. */
export const chartSecrets: Part = {
  async ensure(r: ReconcileContext): Promise<Blocked<"ChartReady"> | undefined> {
    return refusalOf("ChartReady", async () => {
      for (const copy of r.plan.copies) {
        await removeUnlike(r, copy);
        await r.apply(r.kinds.copies, copy);
      }
    });
  },

  async remove(r: ReconcileContext): Promise<Blocker<ReasonOf<"Removed">> | undefined> {
    for (const copy of r.state.copies.filter((one) => !isTerminating(one))) {
      await r.delete(r.kinds.copies, copy);
    }
    const message = "waiting for copies of Secrets to go, which others hold by finalizers";
    return r.state.copies.length === 0 ? undefined : { state: "waiting", reason: "Removing", message };
  },
};

// The type of a Secret cannot be changed: a copy of another type has to go first.
async function removeUnlike(r: ReconcileContext, wanted: Secret): Promise<void> {
  const copy = r.onlyOurs(r.kinds.copies.store.get(keyOf(wanted)), r.names);
  if (copy !== undefined && copy.type !== wanted.type) {
    await r.delete(r.kinds.copies, copy);
  }
}
