import type { JsonObject } from "../json.ts";
import type { Obj } from "../object.ts";
import { listAt, textAt, valueAt } from "../value-at.ts";
import type { StoredChart } from "./chart-registry.ts";
import { parseGoDuration } from "./go-duration.ts";
import type { Chart } from "./chart.ts";

/** What shall run where. */
export type ReleasePlan = {
  readonly name: string;
  readonly namespace: string;
  readonly chart: Chart;
  /** Version of the chart, with the manifest's digest if helm-controller tracks it. */
  readonly chartVersion: string;
  readonly values: JsonObject;
  readonly postRenderers: readonly unknown[];
  readonly createNamespace: boolean;
  readonly timeoutMs: number;
  /** Labels on every object of the release. */
  readonly labels: Readonly<Record<string, string>>;
};

const DEFAULT_TIMEOUT_MS = 5 * 60_000;
const SHORT_DIGEST = 12;

/** What a HelmRelease wants, with the chart its source has fetched. */
export function buildPlan(
  release: Obj,
  { chart, manifestDigest }: StoredChart,
  { disablesChartDigestTracking = false }: { readonly disablesChartDigestTracking?: boolean | undefined },
): ReleasePlan {
  const own = release.metadata.namespace ?? "";
  const namespace = textAt(release, "spec", "targetNamespace") || own;
  const digest = manifestDigest.replace("sha256:", "").slice(0, SHORT_DIGEST);
  return {
    name: textAt(release, "spec", "releaseName") || release.metadata.name,
    namespace,
    chart,
    chartVersion: disablesChartDigestTracking ? chart.version : `${chart.version}+${digest}`,
    values: (valueAt(release, "spec", "values") ?? {}) as JsonObject,
    postRenderers: listAt(release, "spec", "postRenderers"),
    createNamespace: valueAt(release, "spec", "install", "createNamespace") === true,
    timeoutMs: parseGoDuration(valueAt(release, "spec", "timeout"), DEFAULT_TIMEOUT_MS),
    labels: { "helm.toolkit.fluxcd.io/name": release.metadata.name, "helm.toolkit.fluxcd.io/namespace": own },
  };
}
