import { isDeepStrictEqual } from "node:util";

import { ApiError, MalformedAnswerError, UnreachableError } from "../../kube/errors.ts";
import { type Condition, isTerminating, type KubeObject } from "../../kube/object.ts";
import { findCondition, keep, type WantedCondition, mergeConditions } from "../../runtime/conditions.ts";
import type { Retry } from "../../runtime/controller.ts";
import { StalledError, WaitingError } from "../../runtime/errors.ts";

/** One thing that must hold before the service is ready. Becomes a condition of positive polarity. */
export type Report = {
  /** Condition type, for example `AccessReady`. */
  readonly type: string;
  /** `waiting`: nobody has to act. `failed`: somebody has to, or something keeps failing. */
  readonly state: "done" | "waiting" | "failed";
  readonly reason: string;
  readonly message: string;
};

/** How one pass over an object ended. */
export type Outcome = {
  readonly reports: readonly Report[];
  /** Message of `Ready` where no report has a better one. */
  readonly summary: string;
  /** Further fields of the object's status; a field that is left out is removed. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly retry: Retry;
  /** Whether this is a further step of a removal that takes its course: it is told only if it lasts. Default: no. */
  readonly isStep?: boolean;
};

/** What a pass means for the object's conditions, `Ready` first, and for the next pass. */
export type Conclusion = {
  readonly conditions: readonly WantedCondition[];
  readonly retry: Retry;
  /** Whether somebody has to act, or something keeps failing: what `Ready` alone does not tell of a deletion. */
  readonly isFailure: boolean;
  /** As in the outcome. */
  readonly isStep?: boolean;
};

/** Reasons of the condition `Ready`, as the platform knows them. */
export const READY_REASONS = {
  success: "ReconcileSuccess",
  progress: "Reconciling",
  error: "ReconcileError",
  deletion: "Terminating",
} as const;

/**
 * Concludes a pass that ended with reports.
 *
 * `Ready` is True exactly when every report is done and the object stays; otherwise it repeats the first report that
 * failed, or else the first that waits.
 */
export function concludeOutcome({ reports, summary, retry, isStep = false }: Outcome, deleting: boolean): Conclusion {
  const blocking = reports.find(({ state }) => state === "failed") ?? reports.find(({ state }) => state === "waiting");
  const ready = readyCondition(blocking, summary, deleting);
  return { conditions: [ready, ...reports.map(toCondition)], retry, isFailure: blocking?.state === "failed", isStep };
}

/** What an error leaves of the status. */
export type Left = {
  readonly conditions: readonly Condition[];
  /** What is certain all the same. */
  readonly certain: readonly Report[];
  readonly deleting: boolean;
};

/**
 * Concludes a pass that threw: the only place that knows what an error means.
 *
 * Conditions beside `Ready` stay as they are, since the error says nothing about what was not reached, and go on
 * speaking of the generation that they were written for. One that has certainly become untrue is corrected.
 */
export function concludeError(error: Error, { conditions, certain, deleting }: Left): Conclusion {
  const others = conditions.filter(({ type }) => type !== "Ready").map((condition) => correct(condition, certain));
  const notReady = (reason: string): WantedCondition[] => [
    { type: "Ready", status: "False", reason: deleting ? READY_REASONS.deletion : reason, message: wordsFor(error) },
    ...others,
  ];
  if (error instanceof WaitingError) {
    const retry = error.retryAfterMs === undefined ? "never" : { afterMs: error.retryAfterMs };
    return { conditions: notReady(READY_REASONS.progress), retry, isFailure: false };
  }
  const retry = error instanceof StalledError ? "never" : "backoff";
  return { conditions: notReady(READY_REASONS.error), retry, isFailure: true };
}

/** Whether an error is worded for whoever reads the object's status. Any other tells of the platform. */
export function isForReaders(error: Error): boolean {
  return error instanceof WaitingError || error instanceof StalledError;
}

function wordsFor(error: Error): string {
  return isForReaders(error) ? error.message : `${happeningOf(error)}; ${TRIED_AGAIN}`;
}

const TRIED_AGAIN = "it is tried again by itself, and the operator of the platform can see the cause";

function happeningOf(error: Error): string {
  if (error instanceof UnreachableError) {
    return "a cluster that is needed here does not answer";
  }
  if (error instanceof MalformedAnswerError) {
    return "a cluster that is needed here gives an answer that cannot be used";
  }
  return error instanceof ApiError
    ? `a cluster that is needed here has refused a request (${error.code})`
    : "a step has failed";
}

function correct(before: Condition, certain: readonly Report[]): WantedCondition {
  const now = certain.map(toCondition).find(({ type }) => type === before.type);
  return now === undefined || now.status === before.status ? keep(before) : now;
}

function readyCondition(blocking: Report | undefined, summary: string, deleting: boolean): WantedCondition {
  const message = blocking?.message ?? summary;
  if (deleting) {
    return { type: "Ready", status: "False", reason: READY_REASONS.deletion, message };
  }
  if (blocking === undefined) {
    return { type: "Ready", status: "True", reason: READY_REASONS.success, message };
  }
  const reason = blocking.state === "failed" ? READY_REASONS.error : READY_REASONS.progress;
  return { type: "Ready", status: "False", reason, message };
}

function toCondition({ type, state, reason, message }: Report): WantedCondition {
  return { type, status: state === "done" ? "True" : "False", reason, message };
}

/** What the platform expects in the status of every service object (openMCP `commonapi.Status`). */
export type ServiceStatus = {
  readonly observedGeneration: number;
  readonly phase: Phase;
  readonly conditions?: readonly Condition[];
};

/** An end user's or operator's object that a provider reconciles. */
export type ServiceObject = KubeObject & { readonly status?: ServiceStatus };

/** Whether the status of an object that stays says that what the object asks for now is there. */
export function isReadyNow(object: ServiceObject): boolean {
  const { status, metadata } = object;
  const isOfNow = status?.observedGeneration === metadata.generation;
  return isOfNow && !isTerminating(object) && findCondition(status?.conditions, "Ready")?.status === "True";
}

/**
 * Computes the patch that takes an object's status to what a pass concluded, or `undefined` when it says so already.
 *
 * The patch holds for the very version of the object that was looked at: with any other the API server refuses it.
 */
export function statusPatch(
  object: ServiceObject,
  conclusion: Pick<Conclusion, "conditions">,
  { details, now }: { readonly details: Readonly<Record<string, unknown>>; readonly now: Date },
): object | undefined {
  const generation = object.metadata.generation ?? 0;
  const deleting = isTerminating(object);
  const previous: Readonly<Record<string, unknown>> = { ...object.status };
  const next: Readonly<Record<string, unknown>> = {
    ...details,
    observedGeneration: generation,
    phase: phaseOf({ deleting, conditions: conclusion.conditions }),
    conditions: mergeConditions(object.status?.conditions ?? [], conclusion.conditions, { generation, now }),
  };
  const fields = new Set([...Object.keys(previous), ...Object.keys(next)]);
  const changed = [...fields].filter((field) => !isDeepStrictEqual(previous[field], next[field]));
  if (changed.length === 0) {
    return undefined;
  }
  // A field that a first patch leaves out would be missed by the schema, so required ones always come along.
  const required = ["observedGeneration", "phase"];
  const status = Object.fromEntries([...required, ...changed].map((field) => [field, next[field] ?? null]));
  return { metadata: { resourceVersion: object.metadata.resourceVersion }, status };
}

/** The platform's summary of an object's conditions. */
export type Phase = "Ready" | "Progressing" | "Terminating";

/**
 * Sums up conditions as the platform demands it.
 *
 * `Ready` exactly when the object is not being deleted and every condition is True, of which there must be one.
 */
export function phaseOf(object: {
  readonly deleting: boolean;
  readonly conditions: readonly Pick<Condition, "status">[];
}): Phase {
  if (object.deleting) {
    return "Terminating";
  }
  const isReady = object.conditions.length > 0 && object.conditions.every(({ status }) => status === "True");
  return isReady ? "Ready" : "Progressing";
}

/** Reason of the condition whose message `Ready` repeats, or else that of `Ready`. */
export function blamedReason(ready: Condition, conditions: readonly Condition[]): string {
  const blamed = conditions.find(({ type, status, message }) => {
    return type !== "Ready" && status !== "True" && message === ready.message;
  });
  return blamed?.reason ?? ready.reason;
}
