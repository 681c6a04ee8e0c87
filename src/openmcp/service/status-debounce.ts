import type { Condition } from "../../kube/object.ts";
import { type WantedCondition, findCondition } from "../../runtime/conditions.ts";
import type { Retry } from "../../runtime/controller.ts";
import { keyOf } from "../../runtime/key.ts";
import { type Conclusion, READY_REASONS, type ServiceObject } from "./status.ts";

const LONGEST_WAIT_MS = 5000;

/**
 * Spares writes of statuses that say little new.
 *
 * An object on its way passes through many states for a moment each. What a person acts on is written at once: a first
 * status, a failure, being Ready and not being so any more, and what keeps a removal from taking its course. Anything else
 * waits a few seconds for the next such write.
 */
export class StatusDebounce {
  /** By key, since when a status waits. */
  readonly #waiting = new Map<string, number>();

  /** How long the write of a changed status has to wait; 0 means now. */
  waitMs(object: ServiceObject, wanted: Pick<Conclusion, "conditions" | "isStep">, nowMs: number): number {
    const key = keyOf(object);
    if (!isSmall(object, wanted)) {
      this.#waiting.delete(key);
      return 0;
    }
    const since = this.#waiting.get(key) ?? nowMs;
    this.#waiting.set(key, since);
    const leftMs = since + LONGEST_WAIT_MS - nowMs;
    if (leftMs <= 0) {
      this.#waiting.delete(key);
    }
    return Math.max(0, leftMs);
  }

  /** Notes that the status of an object says everything, or that the object is gone. */
  forget(key: string): void {
    this.#waiting.delete(key);
  }
}

/** The same retry, but at the latest after `ms`. */
export function noLaterThan(ms: number, retry: Retry): Retry {
  return retry === "backoff" ? retry : { afterMs: retry === "never" ? ms : Math.min(ms, retry.afterMs) };
}

/** The retry that comes first. */
export function soonest(retries: readonly Retry[]): Retry {
  const delays = retries.flatMap((retry) => (typeof retry === "object" ? [retry.afterMs] : []));
  return retries.includes("backoff") ? "backoff" : delays.length === 0 ? "never" : { afterMs: Math.min(...delays) };
}

function isSmall(
  { metadata, status }: ServiceObject,
  { conditions, isStep = false }: Pick<Conclusion, "conditions" | "isStep">,
): boolean {
  const present = status?.conditions ?? [];
  const areOfNow = status?.observedGeneration === metadata.generation && present.length === conditions.length;
  return areOfNow && (isStep || isSmallProgress(present, conditions) || isSameRemoval(present, conditions));
}

function isSmallProgress(present: readonly Condition[], wanted: readonly WantedCondition[]): boolean {
  const isProgress = [present, wanted].every(
    (conditions) => findReason(conditions, "Ready") === READY_REASONS.progress,
  );
  return (
    isProgress &&
    wanted.every(({ type, status: next }) => next === "True" || findCondition(present, type)?.status === next)
  );
}

// The removal still waits for the same thing: only details of what is left have changed.
function isSameRemoval(present: readonly Condition[], wanted: readonly WantedCondition[]): boolean {
  const isSame = ({ type, reason, message }: WantedCondition): boolean => {
    const before = findCondition(present, type);
    return before?.reason === reason && before.message === message;
  };
  return findReason(wanted, "Ready") === READY_REASONS.deletion && wanted.every(isSame);
}

function findReason(conditions: readonly WantedCondition[], type: string): string | undefined {
  return conditions.find((condition) => condition.type === type)?.reason;
}
