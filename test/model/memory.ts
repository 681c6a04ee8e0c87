import type { ReconcileDeps } from "../../src/ocm/context.ts";
import { type OcmName, OCM_REF, type Remembered } from "./world.ts";

/** What a process of the provider remembers from one pass to the next. */
export type Memory = Pick<ReconcileDeps, "targetLooks" | "clearedTargets">;

const KEY = `${OCM_REF.namespace}/${OCM_REF.name}`;

/** What memory is of: the OCM object that leads in a pass, and when that is. */
export type Moment = { readonly leader: OcmName | undefined; readonly nowMs: number };

/** Makes what a process remembers at the beginning of a pass: of another OCM object than this one it has forgotten all. */
export function recall(remembered: Remembered | undefined, { leader, nowMs }: Moment): Memory {
  const isOfLeader = remembered !== undefined && remembered.isOfEarlier !== true && remembered.of === leader;
  const { looks, isCleared } = isOfLeader ? remembered : NOTHING;
  return {
    targetLooks: new Map(
      looks.map(({ digest, isFresh, names }) => [KEY, { digest, atMs: isFresh ? nowMs : 0, names }] as const),
    ),
    clearedTargets: new Set(isCleared ? [KEY] : []),
  };
}

const NOTHING: Pick<Remembered, "looks" | "isCleared"> = { looks: [], isCleared: false };

/** What a process remembers, as a value; undefined when that is nothing. */
export function remember({ targetLooks, clearedTargets }: Memory, { leader, nowMs }: Moment): Remembered | undefined {
  const looks = [...targetLooks.values()].map(({ digest, atMs, names }) => ({
    ...(digest !== undefined && { digest }),
    isFresh: atMs === nowMs,
    names,
  }));
  const isCleared = clearedTargets.has(KEY);
  return looks.length === 0 && !isCleared ? undefined : { looks, isCleared, of: leader };
}
