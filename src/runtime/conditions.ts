import type { Condition } from "../kube/object.ts";
import { CONDITION_MESSAGE_BYTES, storedMessage } from "./stored-message.ts";

/** A condition to be written; `mergeConditions` adds its times and its generation. */
export type WantedCondition = Pick<Condition, "type" | "status" | "reason" | "message"> & {
  /** The condition keeps its content and its `observedGeneration`, because nothing new is known. */
  readonly isKept?: true;
};

/**
 * Makes the list of conditions to write from the previous ones; leaves out those that are not wanted any more.
 *
 * `lastTransitionTime` changes only with `status`, and messages are as the server stores them, so an unchanged status
 * needs no write.
 */
export function mergeConditions(
  previous: readonly Condition[] | undefined,
  wanted: readonly WantedCondition[],
  at: { readonly generation: number; readonly now: Date },
): Condition[] {
  return wanted.map(({ type, status, reason, message: said, isKept }) => {
    const before = findCondition(previous, type);
    if (isKept === true && before !== undefined) {
      return before;
    }
    const message = storedMessage(said, CONDITION_MESSAGE_BYTES);
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : toKubeTime(at.now);
    return { type, status, reason, message, observedGeneration: at.generation, lastTransitionTime };
  });
}

/** Keeps a condition as it is. */
export function keep({ type, status, reason, message }: Condition): WantedCondition {
  return { type, status, reason, message, isKept: true };
}

/** Finds the condition of a type. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Formats a time as `metav1.Time`: RFC 3339, UTC, whole seconds. */
export function toKubeTime(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
