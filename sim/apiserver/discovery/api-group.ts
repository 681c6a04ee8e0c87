import type { ServedResource } from "../api/served-resource.ts";

/** One API group with its versions, the preferred one first. */
export type ApiGroup = {
  readonly name: string;
  readonly versions: readonly string[];
};

/** The named groups of a server, in the order in which they came. The core group is not among them. */
export function apiGroups(resources: readonly ServedResource[]): readonly ApiGroup[] {
  const named = resources.filter(({ group }) => group !== "");
  return [...Map.groupBy(named, ({ group }) => group)].map(([name, members]) => ({
    name,
    versions: [...new Set(members.map(({ version }) => version))].toSorted(byPriority),
  }));
}

/** Stable before beta before alpha, newer before older, anything else last. */
function byPriority(left: string, right: string): number {
  const [mine, other] = [rank(left), rank(right)];
  const index = mine.findIndex((part, position) => part !== other[position]);
  return index === -1 ? left.localeCompare(right) : (other[index] ?? 0) - (mine[index] ?? 0);
}

const STAGES: Readonly<Record<string, number>> = { alpha: 1, beta: 2 };

function rank(version: string): readonly [stage: number, major: number, minor: number] {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/u.exec(version);
  if (match === null) {
    return [0, 0, 0];
  }
  const [, major, stage, minor = "0"] = match;
  return [stage === undefined ? 3 : (STAGES[stage] ?? 0), Number(major), Number(minor)];
}
