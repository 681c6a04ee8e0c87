import type { JsonObject } from "../json.ts";
import { digestOf, fullNameOf, type ReleaseRecord } from "./release-record.ts";

/** One entry of `status.history` of a HelmRelease. */
export type Snapshot = JsonObject & {
  readonly version: number;
  readonly status: string;
  readonly digest: string;
  readonly configDigest: string;
  readonly name: string;
  readonly namespace: string;
  readonly chartName: string;
  readonly chartVersion: string;
  readonly action?: string;
  readonly ociDigest?: string;
};

const MOST_WITHOUT_SUCCESS = 5;

/** What the controller saw of a release; `action` is absent for one that it only looked at. */
export function observe(
  record: ReleaseRecord,
  seen: { readonly action?: string; readonly ociDigest?: string },
): Snapshot {
  return {
    ...seen,
    apiVersion: "v2",
    appVersion: record.chart.appVersion,
    chartName: record.chart.name,
    chartVersion: record.chart.version,
    configDigest: digestOf(record.config),
    digest: digestOf(record),
    firstDeployed: record.firstDeployed,
    lastDeployed: record.lastDeployed,
    ...(record.deleted !== undefined && { deleted: record.deleted }),
    name: record.name,
    namespace: record.namespace,
    status: record.status,
    version: record.version,
  };
}

/** Puts a snapshot in front, in place of the one of the same version. Newest first. */
export function remember(history: readonly Snapshot[], snapshot: Snapshot): readonly Snapshot[] {
  const others = history.filter(({ version }) => version !== snapshot.version);
  return [...others, snapshot].toSorted((left, right) => right.version - left.version);
}

/** The version a rollback would return to. */
export function previousSuccess(history: readonly Snapshot[]): Snapshot | undefined {
  return history.slice(1).find(({ status }) => status === "deployed" || status === "superseded");
}

/** Forgets what lies behind the last success before the newest entry. */
export function truncate(history: readonly Snapshot[]): readonly Snapshot[] {
  const previous = previousSuccess(history);
  return previous === undefined
    ? history.slice(0, MOST_WITHOUT_SUCCESS)
    : history.slice(0, history.indexOf(previous) + 1);
}

/** A snapshot in the words of messages: release, version and chart. */
export function fullVersionOf(snapshot: Snapshot): string {
  return `${fullNameOf(snapshot)} with chart ${snapshot.chartName}@${snapshot.chartVersion}`;
}
