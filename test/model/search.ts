import { type Bounds, Exploration, type Finding, type Result } from "./explore.ts";
import { PassTree } from "./pass-tree.ts";
import type { Mistake } from "./provider.ts";
import { Rules } from "./rules.ts";
import { type Variant, variantOf } from "./variants.ts";

/** What is explored: a world, and how much may go wrong in it. */
export type Search = Bounds & {
  readonly variant: string;
  /** Ends after so many findings. Default: the first. */
  readonly findings?: number;
};

/** What came of a search. */
export type Found = Result & { readonly variant: Variant; readonly bounds: Bounds; readonly ms: number };

/** How many states are too many for the memory of this process. */
const MOST_STATES = 4_000_000;

/** What `npm test` explores. */
export const QUICK: readonly Search[] = [
  { variant: "plain", faults: 1 },
  { variant: "lost", faults: 1 },
  { variant: "secrets", faults: 1 },
  { variant: "workload", faults: 1 },
  { variant: "takeover", faults: 1 },
  { variant: "again", faults: 0 },
  { variant: "twins", faults: 0 },
  { variant: "unequal twins", faults: 0 },
  { variant: "migration", faults: 1 },
  { variant: "held twins", faults: 1 },
  { variant: "installed", faults: 0 },
  { variant: "successor", faults: 0 },
  { variant: "workload twins", faults: 0 },
  { variant: "foreign OCIRepository", faults: 1 },
  { variant: "foreign HelmRelease", faults: 1 },
  { variant: "foreign AccessRequest", faults: 1 },
  { variant: "foreign copy of the pull secret", faults: 1 },
].map((wanted) => ({ ...wanted, states: MOST_STATES }));

/** Explores a world, with the correct code or with a deliberate mistake. */
export async function search(
  { variant: name, findings = 1, ...bounds }: Search,
  mistake: Mistake = {},
): Promise<Found> {
  const startedAt = performance.now();
  const variant = variantOf(name);
  const tree = new PassTree(variant.settings, mistake);
  const exploration = new Exploration(variant, tree, { rules: new Rules(variant.foreign), bounds });
  const start = variant.isFromRest === true ? await exploration.restAfter(variant.start) : variant.start;
  const result = await exploration.run(start, { most: findings });
  return { ...result, variant, bounds, ms: performance.now() - startedAt };
}

/** A line about a search. */
export function describeFound({ variant, bounds, states, steps, positions, ms, isComplete, ends }: Found): string {
  const outcomes = [...ends].toSorted(([, left], [, right]) => right - left).map(([end, count]) => `${end} ${count}`);
  return [
    `${variant.name}, at most ${bounds.faults} fault(s): ${states} states, ${steps} steps, ${positions} positions in passes,`,
    `${(ms / 1000).toFixed(1)} s${isComplete ? "" : ", NOT COMPLETE"}; ends: ${outcomes.join(", ")}`,
  ].join(" ");
}

const LONGEST_WAY = 120;

/** A rule that was broken, and the way there, in words. */
export function describeFinding({ broken, way }: Finding): string {
  const shown = way.length > LONGEST_WAY ? [...way.slice(0, LONGEST_WAY), `… ${way.length - LONGEST_WAY} more`] : way;
  return [broken, ...shown.map((step) => `  - ${step}`)].join("\n");
}
