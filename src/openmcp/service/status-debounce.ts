import type { Condition } from "../../kube/object.ts";
import { type WantedCondition, findCondition } from "../../runtime/conditions.ts";
import type { Retry } from "../../runtime/controller.ts";
import { keyOf } from "../../runtime/key.ts";
import { type Conclusion, isReadyNow, READY_REASONS, type ServiceObject } from "./status.ts";

const LONGEST_WAIT_MS = 5000;

/**
 * Spares writes of statuses that say little new.
 *
 * An object on its way passes through many states for a moment each. What a person acts on is written at once: a first
 * status, a failure, being Ready and not being so any more, and what keeps a removal from taking its course. Anything else
 * waits a few seconds for the next such write.
 * So does being Ready no more where it was held: what is written then is how far the object has got until then.
 */
export class StatusDebounce {
  /** By key, since when a status waits. */
  readonly #waiting = new Map<string, number>();
  /** Keys of objects that stay Ready until their status has waited long enough. */
  readonly #held = new Set<string>();

  /**
   * Has `Ready` of an object stay while the object is under way, from now on for as long as a status waits. Returns
   * false, and does nothing, when the status is not Ready for what the object asks for now.
   */
  hold(object: ServiceObject, nowMs: number): boolean {
    const isHeld = isReadyNow(object);
    if (isHeld) {
      const key = keyOf(object);
      this.#held.add(key);
      this.#waiting.set(key, this.#waiting.get(key) ?? nowMs);
    }
    return isHeld;
  }

  /** How long the write of a changed status has to wait, and how urgent it is then; undefined means that it is now. */
  wait(
    object: ServiceObject,
    wanted: Pick<Conclusion, "conditions" | "isStep">,
    nowMs: number,
  ): Exclude<Retry, string> | undefined {
    const key = keyOf(object);
    if (!isSmall(object, wanted) && !(this.#held.has(key) && isUnderWay(object, wanted.conditions))) {
      this.forget(key);
      return undefined;
    }
    const since = this.#waiting.get(key) ?? nowMs;
    this.#waiting.set(key, since);
    const afterMs = since + LONGEST_WAIT_MS - nowMs;
    if (afterMs <= 0) {
      this.forget(key);
      return undefined;
    }
    // Where all tenants are changed, each of them is, before the first one tells that it is.
    return this.#held.has(key) ? { afterMs, urgency: "sweep" } : { afterMs };
  }

  /** Notes that the status of an object says everything, or that the object is gone. */
  forget(key: string): void {
    this.#waiting.delete(key);
    this.#held.delete(key);
  }
}

/** The retry that comes first, with the urgency of whatever is left to do until then. */
export function soonest(retries: readonly Retry[]): Retry {
  const delays = retries.filter((retry) => typeof retry === "object");
  const [first] = delays.toSorted((one, other) => one.afterMs - other.afterMs);
  if (first === undefined || retries.includes("backoff")) {
    return retries.includes("backoff") ? "backoff" : "never";
  }
  const { urgency } = delays.find((one) => one.urgency !== undefined) ?? first;
  return urgency === undefined ? first : { ...first, urgency };
}

function isUnderWay(object: ServiceObject, wanted: readonly WantedCondition[]): boolean {
  const isAsMuch = object.status?.conditions?.length === wanted.length;
  return isAsMuch && isReadyNow(object) && findReason(wanted, "Ready") === READY_REASONS.progress;
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
