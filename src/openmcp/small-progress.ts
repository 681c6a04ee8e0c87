import type { WantedCondition } from "../runtime/conditions.ts";
import { findCondition } from "../runtime/conditions.ts";
import { READY_REASONS } from "./conclude.ts";
import type { ServiceObject } from "./service-status.ts";

const LONGEST_WAIT_MS = 5000;

/**
 * Spares writes of statuses that say little new.
 *
 * An object on its way passes through many states for a moment each. What a person acts on is written at once: a first
 * status, a failure, being Ready and not being so any more. Anything else waits a few seconds for the next such write.
 */
export class SmallProgress {
  /** By UID, since when a status waits. */
  readonly #waiting = new Map<string, number>();

  /** How long the write of a changed status has to wait; 0 means now. */
  waitMs(object: ServiceObject, conditions: readonly WantedCondition[], nowMs: number): number {
    const { uid = "" } = object.metadata;
    if (!isSmall(object, conditions)) {
      this.#waiting.delete(uid);
      return 0;
    }
    const since = this.#waiting.get(uid) ?? nowMs;
    this.#waiting.set(uid, since);
    const leftMs = since + LONGEST_WAIT_MS - nowMs;
    if (leftMs <= 0) {
      this.#waiting.delete(uid);
    }
    return Math.max(0, leftMs);
  }

  /** Notes that an object's status says everything. */
  forget({ metadata: { uid = "" } }: ServiceObject): void {
    this.#waiting.delete(uid);
  }
}

function isSmall({ metadata, status }: ServiceObject, wanted: readonly WantedCondition[]): boolean {
  const present = status?.conditions ?? [];
  const isProgress = [present, wanted].every(
    (conditions) => findReason(conditions, "Ready") === READY_REASONS.progress,
  );
  return (
    isProgress &&
    status?.observedGeneration === metadata.generation &&
    present.length === wanted.length &&
    wanted.every(({ type, status: next }) => next === "True" || findCondition(present, type)?.status === next)
  );
}

function findReason(conditions: readonly WantedCondition[], type: string): string | undefined {
  return conditions.find((condition) => condition.type === type)?.reason;
}
