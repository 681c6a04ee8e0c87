import { DurationError, parseDurationMs } from "../kube/duration.ts";
import type { TenantTarget } from "../openmcp/tenant-access.ts";
import type { ProviderConfig } from "./api/objects.ts";
import type { Chart } from "./chart.ts";
import { normalizeChartURL } from "./chart-url.ts";
import { readOffers, type Offer } from "./offers.ts";
import { SettingError } from "./setting-error.ts";
import { readTrust, trustSecretsOf, type Trust } from "./trust/trust.ts";
import { imagePullSecretsOf } from "./trust/toolkit-secrets.ts";

/** What a valid ProviderConfig says, with its defaults filled in. */
export type Config = {
  readonly pollIntervalMs: number;
  /** The chart of any version, while there are no offers. */
  readonly chart: Omit<Chart, "version">;
  /** When there are any, tenants have the choice among these only. */
  readonly offers: readonly Offer[];
  readonly trust: Trust;
  /** Where the toolkit of a new tenant is installed. */
  readonly target: TenantTarget;
};

const DEFAULT_CHART_URL = "ghcr.io/open-component-model/kubernetes/controller/chart";
const DEFAULT_POLL_INTERVAL = "1m";
const SHORTEST_POLL_INTERVAL_MS = 1_000;
/** A safety net that is looked at less than once a month is none: what asks for more is a slip of the pen. */
const LONGEST_POLL_INTERVAL_MS = 720 * 3_600_000;

/**
 * Reads a ProviderConfig.
 *
 * Throws a SettingError that names field, finding and expectation. The API server refuses the same mistakes; what
 * comes here anyway was stored under an older schema.
 */
export function readConfig({ spec = {} }: ProviderConfig): Config {
  const pullSecret = spec.imagePullSecret?.name;
  const chart = {
    url: normalizeChartURL(spec.chartURL ?? DEFAULT_CHART_URL, "spec.chartURL"),
    ...(pullSecret !== undefined && { pullSecret }),
    ...(spec.values !== undefined && { values: spec.values }),
  };
  return {
    pollIntervalMs: readPollIntervalMs(spec.pollInterval ?? DEFAULT_POLL_INTERVAL),
    chart,
    offers: readOffers(spec, chart),
    trust: readTrust(spec),
    target: spec.targetCluster === "Workload" ? "workload" : "mcp",
  };
}

function readPollIntervalMs(text: string): number {
  const expected = "expected a Go duration of at least 1s and at most 720h, such as 5m";
  try {
    const ms = parseDurationMs(text);
    if (ms >= SHORTEST_POLL_INTERVAL_MS && ms <= LONGEST_POLL_INTERVAL_MS) {
      return ms;
    }
    const found = ms < SHORTEST_POLL_INTERVAL_MS ? "too short" : "too long";
    throw invalidConfig(`spec.pollInterval: "${text}" is ${found}, ${expected}`);
  } catch (cause) {
    if (cause instanceof DurationError) {
      throw invalidConfig(`spec.pollInterval: ${cause.message}, ${expected}`, cause);
    }
    throw cause;
  }
}

function invalidConfig(message: string, cause?: Error): SettingError {
  return new SettingError("InvalidProviderConfig", message, { cause });
}

/** Names of the operator's Secrets that tenants may come to need. */
export function secretsOf({ chart, offers, trust }: Config): ReadonlySet<string> {
  const charts = [chart, ...offers.map((offer) => offer.chart)];
  const pullSecrets = charts.map(({ pullSecret }) => pullSecret).filter((name) => name !== undefined);
  const imagePullSecrets = charts.flatMap(({ values }) => imagePullSecretsOf(values));
  return new Set([...pullSecrets, ...imagePullSecrets, ...trustSecretsOf(trust)]);
}
