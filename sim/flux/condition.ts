/** `metav1.Condition`. */
export type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
};

/** A condition without the parts that are filled in when it is set. */
export type WantedCondition = Pick<Condition, "type" | "status" | "reason" | "message">;

// Flux shows these first; all others follow by name.
const FIRST = ["Stalled", "Reconciling", "Ready"];

/** Sets one condition the way Flux does: its time moves whenever status, reason or message change. */
export function setCondition(
  conditions: readonly Condition[],
  wanted: WantedCondition,
  at: { readonly generation: number; readonly time: string },
): Condition[] {
  const before = conditions.find(({ type }) => type === wanted.type);
  const same = before?.status === wanted.status && before.reason === wanted.reason && before.message === wanted.message;
  const lastTransitionTime = same ? before.lastTransitionTime : at.time;
  const others = conditions.filter(({ type }) => type !== wanted.type);
  return [...others, { ...wanted, observedGeneration: at.generation, lastTransitionTime }].toSorted(byPlace);
}

function byPlace(left: Condition, right: Condition): number {
  return placeOf(left) - placeOf(right) || left.type.localeCompare(right.type);
}

function placeOf({ type }: Condition): number {
  const place = FIRST.indexOf(type);
  return place === -1 ? FIRST.length : place;
}
