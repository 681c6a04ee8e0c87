import { isTerminating } from "../kube/object.ts";
import { ANNOTATIONS } from "./annotations.ts";
import { type Part, type ReconcileContext, refusalOf } from "./context.ts";
import type { Blocked, Blocker, ReasonOf } from "./reasons.ts";
import { isAttempted, retrySource, withRevision } from "./retry.ts";

/** The OCIRepository, with which Flux fetches the chart. */
export const chart: Part<"ChartReady"> = {
  async ensure(r: ReconcileContext): Promise<Blocked<"ChartReady"> | undefined> {
    const { source: desired, copies } = r.plan;
    if (r.isBlocked("ChartReady") || desired === undefined) {
      return undefined;
    }
    const live = r.state.source;
    const again = live !== undefined && isAttempted(live, desired) ? retrySource(live, r.retry) : undefined;
    if (live !== undefined && again !== undefined) {
      await r.patch(r.kinds.sources, live, { annotations: again });
    }
    const refusal = await refusalOf("ChartReady", () =>
      r.applyToFlux(r.kinds.sources, withRevision(desired, r.state.source, r.retry)),
    );
    if (refusal === undefined) {
      await removeObsolete(r, new Set(copies.map(({ metadata }) => metadata.name)));
    }
    return refusal;
  },

  /** Deletes the OCIRepository, which says that there may be something on the target: the parts behind it have looked. */
  async remove(r: ReconcileContext): Promise<Blocker<ReasonOf<"Removed">> | undefined> {
    const { source } = r.state;
    if (source !== undefined && !isTerminating(source)) {
      await r.delete(r.kinds.sources, source);
    }
    return r.state.source === undefined
      ? undefined
      : { state: "waiting", reason: "RemovingChart", message: "waiting for Flux to let go of the chart" };
  },
};

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
