import type { Condition } from "../../kube/object.ts";
import { findCondition } from "../../runtime/conditions.ts";
import type { EventClient, EventRecorder } from "../../runtime/events.ts";
import type { Tracer } from "../../runtime/tracing.ts";
import { READY_REASONS, type ServiceObject } from "./status.ts";
import { tenantState } from "./tenant-state.ts";

/** What a pass made of an object's status. */
export type Transition = {
  readonly before: ServiceObject;
  readonly after: ServiceObject;
  readonly isFailure: boolean;
};

/** Who is told of transitions. */
export type TransitionDeps = {
  readonly client: EventClient;
  readonly events: Pick<EventRecorder, "record">;
  readonly tracer?: Tracer | undefined;
};

/**
 * Records an Event for each step of `Ready` that a person wants to hear of: reached, failed, or stuck in deletion.
 *
 * The Event's reason is that of the condition that is to blame; it is a Warning when the pass found a failure.
 */
export function recordTransitions(deps: TransitionDeps, { before, after, isFailure }: Transition): void {
  const ready = findCondition(after.status?.conditions, "Ready");
  const previous = findCondition(before.status?.conditions, "Ready");
  if (ready === undefined) {
    return;
  }
  const { message } = ready;
  const { phase, reason } = tenantState(after);
  deps.tracer?.concluded({ phase, reason, message, isFailing: isFailure });
  if (!isSameReading(ready, previous) && ready.reason !== READY_REASONS.progress) {
    deps.events.record(deps.client, after, { type: isFailure ? "Warning" : "Normal", reason, message });
  }
}

function isSameReading(ready: Condition, previous: Condition | undefined): boolean {
  return ready.status === previous?.status && ready.reason === previous.reason && ready.message === previous.message;
}
