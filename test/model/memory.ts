import type { ReconcileDeps } from "../../src/ocm/context.ts";
import { OCM_REF, type Remembered } from "./world.ts";

/** What a process of the provider remembers from one pass to the next. */
export type Memory = Pick<ReconcileDeps, "targetLooks" | "clearedTargets">;

const KEY = `${OCM_REF.namespace}/${OCM_REF.name}`;

/** Makes what a process remembers at the beginning of a pass. */
export function recall(remembered: Remembered | undefined, nowMs: number): Memory {
  const { looks, isCleared } = remembered?.isOfEarlier === true || remembered === undefined ? NOTHING : remembered;
  return {
    targetLooks: new Map(
      looks.map(({ digest, isFresh, names }) => [KEY, { digest, atMs: isFresh ? nowMs : 0, names }] as const),
    ),
    clearedTargets: new Set(isCleared ? [KEY] : []),
  };
}

const NOTHING: Remembered = { looks: [], isCleared: false };

/** What a process remembers, as a value; undefined when that is nothing. */
export function remember({ targetLooks, clearedTargets }: Memory, nowMs: number): Remembered | undefined {
  const looks = [...targetLooks.values()].map(({ digest, atMs, names }) => ({
    ...(digest !== undefined && { digest }),
    isFresh: atMs === nowMs,
    names,
  }));
  const isCleared = clearedTargets.has(KEY);
  return looks.length === 0 && !isCleared ? undefined : { looks, isCleared };
}
