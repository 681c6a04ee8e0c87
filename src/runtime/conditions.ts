import type { Condition } from "../kube/object.ts";
import { CONDITION_MESSAGE_BYTES, storedMessage } from "./stored-message.ts";

/** What a condition should say; when it began is computed. */
export type WantedCondition = Pick<Condition, "type" | "status" | "reason" | "message"> & {
  /** Nothing new is known: the condition stays as it is, and with it the generation that it speaks of. */
  readonly isKept?: true;
};

/**
 * Turns what should be said into what is written; conditions that are not wanted any more are left out.
 *
 * `lastTransitionTime` moves only when `status` flips, and messages are as the server stores them, so an unchanged
 * object produces an empty patch.
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

/** Wants a condition to stay as it is. */
export function keep({ type, status, reason, message }: Condition): WantedCondition {
  return { type, status, reason, message, isKept: true };
}

/** Finds the condition of a type. */
export function findCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Writes a time as `metav1.Time`: RFC 3339, UTC, whole seconds. */
export function toKubeTime(date: Date): string {
  return date.toISOString().replace(/\.\d{3}Z$/, "Z");
}
