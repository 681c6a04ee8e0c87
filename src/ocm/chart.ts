import { isTerminating } from "../kube/object.ts";
import { isSameChart, type OCIRepository } from "../flux/oci-repository.ts";
import { ANNOTATIONS } from "./annotations.ts";
import { type Part, type ReconcileContext, refusalOf } from "./context.ts";
import { askAgain } from "./lookup.ts";
import type { Blocked, Blocker, ReasonOf } from "./reasons.ts";
import { isAttempted, retrySource, withRevision } from "./retry.ts";

/** The OCIRepository, with which Flux fetches the chart. */
export const chart: Part<"ChartReady"> = {
  async ensure(r: ReconcileContext): Promise<Blocked<"ChartReady"> | undefined> {
    const { source: desired, copies, lookup } = r.plan;
    if (lookup === undefined) {
      await endLookup(r);
    }
    if (r.isBlocked("ChartReady") || desired === undefined) {
      return undefined;
    }
    await retry(r, desired);
    const refusal = await refusalOf("ChartReady", () =>
      r.applyToFlux(r.kinds.sources, withRevision(desired, r.state.source, r.retry), (live) =>
        isSameChart(live, desired),
      ),
    );
    if (refusal === undefined) {
      await lookUp(r, lookup);
      await removeObsolete(r, new Set(copies.map(({ metadata }) => metadata.name)));
    }
    return refusal;
  },

  /** Deletes both OCIRepositories. One says that there may be something on the target: the parts behind it have looked. */
  async remove(r: ReconcileContext): Promise<Blocker<ReasonOf<"Removed">> | undefined> {
    await endLookup(r);
    const { source } = r.state;
    if (source !== undefined && !isTerminating(source)) {
      await r.delete(r.kinds.sources, source);
    }
    return r.state.source === undefined && r.state.lookup === undefined
      ? undefined
      : { state: "waiting", reason: "RemovingChart", message: "waiting for Flux to let go of the chart" };
  },
};

async function retry(r: ReconcileContext, desired: OCIRepository): Promise<void> {
  const { source: live, lookup } = r.state;
  if (live === undefined) {
    return;
  }
  const annotations = askAgain({ source: live, lookup }, retrySource(live, r.retry));
  if (annotations !== undefined && isAttempted(live, desired)) {
    await r.patch(r.kinds.sources, live, { annotations });
  }
}

/** Has Flux look for another tag. Without an answer, Flux's own words about the tenant's tag have to do. */
async function lookUp(r: ReconcileContext, desired: OCIRepository | undefined): Promise<void> {
  const live = r.state.lookup;
  if (desired === undefined) {
    return;
  }
  const annotations = live === undefined ? undefined : retrySource(live, r.retry);
  if (live !== undefined && annotations !== undefined) {
    await r.patch(r.kinds.lookups, live, { annotations });
  }
  await refusalOf("ChartReady", () => r.apply(r.kinds.lookups, withRevision(desired, r.state.lookup, r.retry)));
}

async function endLookup(r: ReconcileContext): Promise<void> {
  const { lookup } = r.state;
  if (lookup !== undefined && !isTerminating(lookup)) {
    await r.delete(r.kinds.lookups, lookup);
  }
}

// Nothing refers to them any more.
async function removeObsolete(r: ReconcileContext, wanted: ReadonlySet<string>): Promise<void> {
  for (const copy of r.state.copies.filter((one) => !isTerminating(one) && !wanted.has(one.metadata.name))) {
    await r.delete(r.kinds.copies, copy);
  }
}

/**
 * Notes on the OCIRepository that there may be something of ours on the target from now on.
 *
 * That is a part of what is applied, but an OCIRepository of an earlier version may have to stay as it is.
 */
export async function markInstalled(r: ReconcileContext): Promise<void> {
  const { source } = r.state;
  if (
    source !== undefined &&
    !isTerminating(source) &&
    source.metadata.annotations?.[ANNOTATIONS.installedOn] === undefined
  ) {
    await r.patch(r.kinds.sources, source, { annotations: { [ANNOTATIONS.installedOn]: r.names.target } });
  }
}
