import { DurationError, parseDurationMs } from "../kube/duration.ts";
import { StalledError } from "../runtime/errors.ts";
import type { ProviderConfig } from "./api/objects.ts";
import { normalizeChartURL } from "./chart-url.ts";

/** What a valid ProviderConfig says, with its defaults filled in. */
export type Config = {
  /** `oci://…` without tag. */
  readonly chartURL: string;
  readonly pollIntervalMs: number;
  /** Secret in the provider's own namespace. */
  readonly pullSecret?: string;
  readonly values?: Readonly<Record<string, unknown>>;
};

const DEFAULT_CHART_URL = "ghcr.io/open-component-model/kubernetes/controller/chart";
const DEFAULT_POLL_INTERVAL = "1m";
const SHORTEST_POLL_INTERVAL_MS = 1_000;

/**
 * Reads a ProviderConfig.
 *
 * Throws a StalledError that names field, finding and expectation. The API server refuses the same mistakes; what
 * comes here anyway was stored under an older schema.
 */
export function readConfig({ spec = {} }: ProviderConfig): Config {
  const pullSecret = spec.imagePullSecret?.name;
  return {
    chartURL: normalizeChartURL(spec.chartURL ?? DEFAULT_CHART_URL, "spec.chartURL"),
    pollIntervalMs: readPollIntervalMs(spec.pollInterval ?? DEFAULT_POLL_INTERVAL),
    ...(pullSecret !== undefined && { pullSecret }),
    ...(spec.values !== undefined && { values: spec.values }),
  };
}

function readPollIntervalMs(text: string): number {
  const expected = "expected a Go duration of at least 1s, such as 5m";
  try {
    const ms = parseDurationMs(text);
    if (ms >= SHORTEST_POLL_INTERVAL_MS) {
      return ms;
    }
  } catch (cause) {
    if (cause instanceof DurationError) {
      throw invalidConfig(`spec.pollInterval: ${cause.message}, ${expected}`, cause);
    }
    throw cause;
  }
  throw invalidConfig(`spec.pollInterval: "${text}" is too short, ${expected}`);
}

function invalidConfig(message: string, cause?: Error): StalledError {
  return new StalledError("InvalidProviderConfig", message, { cause });
}
