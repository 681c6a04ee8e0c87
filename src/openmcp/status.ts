import type { Condition } from "../kube/object.ts";

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
