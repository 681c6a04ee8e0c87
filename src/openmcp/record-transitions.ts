import type { Condition } from "../kube/object.ts";
import type { EventClient, EventRecorder } from "../runtime/events.ts";
import { findCondition } from "../runtime/conditions.ts";
import { READY_REASONS } from "./conclude.ts";
import type { ServiceObject } from "./service-status.ts";

/** What a pass made of an object's status. */
export type Transition = {
  readonly before: ServiceObject;
  readonly after: ServiceObject;
  readonly isFailure: boolean;
};

/**
 * Records an Event for each step of `Ready` that a person wants to hear of: reached, failed, or stuck in deletion.
 *
 * The Event's reason is that of the condition that is to blame; it is a Warning when the pass found a failure.
 */
export function recordTransitions(
  deps: { readonly client: EventClient; readonly events: Pick<EventRecorder, "record"> },
  { before, after, isFailure }: Transition,
): void {
  const conditions = after.status?.conditions ?? [];
  const ready = findCondition(conditions, "Ready");
  const previous = findCondition(before.status?.conditions, "Ready");
  if (ready === undefined || isSameReading(ready, previous) || ready.reason === READY_REASONS.progress) {
    return;
  }
  deps.events.record(deps.client, after, {
    type: isFailure ? "Warning" : "Normal",
    reason: blamedReason(ready, conditions),
    message: ready.message,
  });
}

function blamedReason(ready: Condition, conditions: readonly Condition[]): string {
  const blamed = conditions.find(({ type, status, message }) => {
    return type !== "Ready" && status !== "True" && message === ready.message;
  });
  return blamed?.reason ?? ready.reason;
}

function isSameReading(ready: Condition, previous: Condition | undefined): boolean {
  return ready.status === previous?.status && ready.reason === previous.reason && ready.message === previous.message;
}
