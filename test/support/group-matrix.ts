import type { ChartSource } from "../../ground/ground.ts";
import type { Obj } from "../../sim/object.ts";
import { goObjects, type GoNames } from "./go-provider.ts";
import type { Installation } from "./installation.ts";
import { CURRENT_GROUP, EARLIER_GROUP } from "./kinds.ts";
import { providerConfig, PULL_SECRET } from "./world.ts";

/** Who has installed the toolkit for a tenant, and for OCM objects of which API groups. */
export type Leftover = { readonly of: string; readonly go?: GoNames; readonly groups: readonly string[] };

/** One row of the matrix: what is there, and of which API groups the tenant's OCM objects are from then on. */
export type Row = { readonly leftover: Leftover; readonly with: string; readonly wanted: readonly string[] };

/** Every API group of OCM and ProviderConfig. */
export const GROUPS: readonly string[] = [EARLIER_GROUP, CURRENT_GROUP];

/** Everybody who may have installed the toolkit before. */
export const leftovers: readonly Leftover[] = [
  { of: "the Go provider v0.1.0", go: "first-names", groups: [EARLIER_GROUP] },
  { of: "the Go provider v0.1.3", go: "later-names", groups: [EARLIER_GROUP] },
  { of: "the Go provider v0.4.0", go: "renamed-group", groups: [CURRENT_GROUP] },
  { of: "this provider for the earlier group", groups: [EARLIER_GROUP] },
  { of: "this provider for both groups", groups: GROUPS },
];

const objects: readonly Pick<Row, "with" | "wanted">[] = [
  { with: "an object of the earlier group", wanted: [EARLIER_GROUP] },
  { with: "an object of the current group", wanted: [CURRENT_GROUP] },
  { with: "objects of both groups", wanted: GROUPS },
];

/** The rows of the matrix for a leftover. */
export function rowsOf(leftover: Leftover): readonly Row[] {
  return objects.map((some) => ({ leftover, ...some }));
}

/** As in what was recorded of the Go provider: the same values make the same revision of the Helm release. */
export const VALUES = { manager: { concurrency: { resource: 10 } } };

/** The ProviderConfigs of the operator for a leftover, all of which mean the same. */
export async function settingsFor({ go, groups }: Leftover, charts: ChartSource): Promise<readonly Obj[]> {
  if (go === "renamed-group") {
    return (await goObjects(go, { name: "any", namespace: "any", charts })).settings;
  }
  const spec = { chartURL: charts.chartURL, imagePullSecret: { name: PULL_SECRET }, values: VALUES };
  return groups.map((group) => providerConfig(spec, group));
}

/**
 * What an installation has to be once this provider has it.
 *
 * Only under the first names of the Go provider is the HelmRelease another one, so that Flux upgrades in place, once.
 */
export function takenOver({ go }: Leftover, before: Installation, now: Installation): Installation {
  return go === "first-names"
    ? { ...before, releases: now.releases, revisions: ["v1 superseded", "v2 deployed"] }
    : before;
}

/** The API group whose object leads. */
export function leadingGroup(groups: readonly string[]): string {
  return groups.includes(CURRENT_GROUP) ? CURRENT_GROUP : EARLIER_GROUP;
}
