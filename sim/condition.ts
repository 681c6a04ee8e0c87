import { listAt, textAt } from "./value-at.ts";

/** The condition of a type that an object has, if `status` is given only with that status. */
export function findCondition(object: unknown, type: string, status?: string): unknown {
  return listAt(object, "status", "conditions").find(
    (one) => textAt(one, "type") === type && (status === undefined || textAt(one, "status") === status),
  );
}

/** Whether an object says that a condition is met. */
export function isConditionTrue(object: unknown, type: string): boolean {
  return findCondition(object, type, "True") !== undefined;
}
