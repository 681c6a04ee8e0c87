import { type Condition, isTerminating } from "../../kube/object.ts";
import { findCondition } from "../../runtime/conditions.ts";
import { blamedReason, type Phase, READY_REASONS, type ServiceObject } from "./status.ts";

/** How one installation is, in the few words by which operators count them. */
export type TenantState = {
  readonly phase: Phase;
  /** That of the condition that is to blame, or else that of `Ready`: the reason that Events have. */
  readonly reason: string;
  /** Somebody has to act, or something keeps failing. */
  readonly isFailing: boolean;
};

/** The versions of one installation, in the words of its object. */
export type Versions = { readonly wanted: string; readonly installed?: string };

/** What only a provider knows of its objects. */
type Judgement<T> = { readonly isRemovalFailing?: (object: T) => boolean };

/** Says how an installation is, by what the status of its object says. Pure. */
export function tenantState<T extends ServiceObject>(
  object: T,
  { isRemovalFailing = () => false }: Judgement<T> = {},
): TenantState {
  const conditions = object.status?.conditions ?? [];
  const ready = findCondition(conditions, "Ready");
  // The pass that says so in the status comes later.
  const phase = isTerminating(object) ? "Terminating" : (object.status?.phase ?? "Progressing");
  if (ready === undefined) {
    return { phase, reason: READY_REASONS.progress, isFailing: false };
  }
  const reason = blamedReason(ready, conditions);
  return { phase, reason, isFailing: isFailing(ready, conditions, () => isRemovalFailing(object)) };
}

// Of a deletion, Ready only says that the deletion goes on and repeats what blocks the deletion, unless that is an error.
function isFailing(ready: Condition, conditions: readonly Condition[], isRemovalFailing: () => boolean): boolean {
  return (
    ready.reason === READY_REASONS.error ||
    (ready.reason === READY_REASONS.deletion &&
      (isRemovalFailing() || !conditions.some(({ type, message }) => type !== "Ready" && message === ready.message)))
  );
}

/**
 * The versions of an object, if it has any. Pure.
 *
 * An object from before the present schema of its kind may lack what the provider looks for.
 */
export function versionsIn<T extends ServiceObject>(
  object: T,
  { versionsOf }: { readonly versionsOf?: (object: T) => Versions },
): Versions | undefined {
  try {
    return versionsOf?.(object);
  } catch (error) {
    if (error instanceof TypeError) {
      return undefined;
    }
    throw error;
  }
}
