import type { ProviderConfig } from "./api/objects.ts";
import type { Chart } from "./chart.ts";
import { normalizeChartURL } from "./chart-url.ts";
import { parseChartVersion } from "./chart-version.ts";
import { mergeValues } from "./merge-values.ts";
import { SettingError } from "./setting-error.ts";

/** One version that tenants may ask for. */
export type Offer = {
  /** What a tenant writes, letter by letter. */
  readonly version: string;
  readonly chart: Chart;
};

/** The spec of a ProviderConfig. */
type Spec = NonNullable<ProviderConfig["spec"]>;

/**
 * Reads the versions on offer; none means that every version is.
 *
 * An entry inherits what it leaves out; its values are laid over the common ones.
 */
export function readOffers({ versions = [], values }: Spec, common: Omit<Chart, "version">): readonly Offer[] {
  refuseTwins(versions.map(({ version }) => version));
  return versions.map((entry) => {
    const { version, chartVersion, chartURL, chartPullSecret } = entry;
    const field = `spec.versions[${version.slice(0, 200)}]`;
    const pullSecret = chartPullSecret ?? common.pullSecret;
    const merged = entry.values === undefined ? values : mergeValues(values ?? {}, entry.values);
    const chart: Chart = {
      url: chartURL === undefined ? common.url : normalizeChartURL(chartURL, `${field}.chartURL`),
      version: readVersion(
        chartVersion ?? version,
        `${field}.${chartVersion === undefined ? "version" : "chartVersion"}`,
      ),
      ...(pullSecret !== undefined && { pullSecret }),
      ...(merged !== undefined && { values: merged }),
    };
    return { version, chart };
  });
}

function refuseTwins(versions: readonly string[]): void {
  const twin = versions.find((version, index) => versions.indexOf(version) !== index);
  if (twin !== undefined) {
    const message = `spec.versions: found "${twin.slice(0, 200)}" twice, expected each version once`;
    throw new SettingError("InvalidProviderConfig", message);
  }
}

function readVersion(text: string, field: string): Chart["version"] {
  return parseChartVersion(text, { field, reason: "InvalidProviderConfig" });
}
