import type { Condition } from "../../kube/object.ts";
import { findCondition } from "../../runtime/conditions.ts";
import type { EventClient, EventRecorder } from "../../runtime/events.ts";
import type { Failures } from "../../runtime/failures.ts";
import { keyOf } from "../../runtime/key.ts";
import type { Log } from "../../runtime/log.ts";
import type { Tracer } from "../../runtime/tracing.ts";
import { READY_REASONS, type ServiceObject } from "./status.ts";
import { tenantState } from "./tenant-state.ts";

/** What a pass made of an object's status. */
export type Transition = {
  readonly before: ServiceObject;
  readonly after: ServiceObject;
  readonly isFailure: boolean;
  /** What the pass has ended with, in the words for operators. */
  readonly error?: Error | undefined;
};

/** Who is told of transitions. */
export type TransitionDeps = {
  readonly client: EventClient;
  readonly events: Pick<EventRecorder, "record">;
  readonly log: Log;
  /** The errors that the log has already, by object. Default: each of them is new. */
  readonly failures?: Failures;
  readonly tracer?: Tracer | undefined;
};

/**
 * Tells operators and users what a pass has made of an object: a line in the log for each change of its state, and an
 * Event for each step of `Ready` that a person wants to hear of: reached, failed, or stuck in deletion.
 *
 * The reason is that of the condition that is to blame; line and Event are warnings when the pass found a failure.
 */
export function recordTransitions(deps: TransitionDeps, transition: Transition): void {
  const { before, after, isFailure } = transition;
  const ready = findCondition(after.status?.conditions, "Ready");
  const previous = findCondition(before.status?.conditions, "Ready");
  if (ready === undefined) {
    return;
  }
  const { message } = ready;
  const { phase, reason } = tenantState(after);
  logTransition(deps, transition, { reason, message });
  deps.tracer?.concluded({ phase, reason, message, isFailing: isFailure });
  if (!isSameReading(ready, previous) && ready.reason !== READY_REASONS.progress) {
    deps.events.record(deps.client, after, { type: isFailure ? "Warning" : "Normal", reason, message });
  }
}

/** Logs that an object is gone. */
export function logEnd({ log, failures }: Pick<TransitionDeps, "log" | "failures">, object: ServiceObject): void {
  failures?.end(identityOf(object));
  log.info({ ...nameOf(object), from: phaseOf(object), to: "Gone" }, STATE_CHANGED);
}

const STATE_CHANGED = "state changed";

function logTransition(
  { log, failures }: TransitionDeps,
  { before, after, isFailure, error }: Transition,
  { reason, message }: { readonly reason: string; readonly message: string },
): void {
  const levelOfError = noteError(failures, after, error);
  const err = error && { err: error };
  const fields = { ...nameOf(after), from: phaseOf(before), to: phaseOf(after), reason, message, ...err };
  const isSameMessage = findCondition(before.status?.conditions, "Ready")?.message === message;
  const isSameState = fields.from === fields.to && reason === tenantState(before).reason;
  // How far something has got is said by the message alone, which may change often.
  if (isSameState && (isSameMessage || !isFailure)) {
    log[levelOfError](fields, "state unchanged");
  } else {
    log[isFailure ? "warn" : "info"](fields, STATE_CHANGED);
  }
}

function noteError(failures: Failures | undefined, object: ServiceObject, error: Error | undefined): "warn" | "debug" {
  if (error !== undefined) {
    return failures?.level(identityOf(object), error) ?? "warn";
  }
  failures?.end(identityOf(object));
  return "debug";
}

// The schema gives an object a phase before anybody has looked at it.
function phaseOf({ status }: ServiceObject): string {
  return status?.conditions === undefined ? "New" : status.phase;
}

function nameOf(object: ServiceObject): { readonly kind: string; readonly object: string } {
  return { kind: object.kind, object: keyOf(object) };
}

// Objects of two API groups can have one key.
function identityOf(object: ServiceObject): string {
  return `${object.apiVersion} ${keyOf(object)}`;
}

function isSameReading(ready: Condition, previous: Condition | undefined): boolean {
  return ready.status === previous?.status && ready.reason === previous.reason && ready.message === previous.message;
}
