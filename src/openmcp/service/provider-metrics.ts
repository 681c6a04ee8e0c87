import type { Clock } from "../../kube/clock.ts";
import type { EventRecorderOptions } from "../../runtime/events.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import type { ProviderFigures, TenantObserver } from "./tenant-figures.ts";

/** From a second to a day. */
const BUCKETS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400];

/** Registers what tells one build of a provider from another. */
export function describeBuild(
  { gauge }: Pick<Metrics, "gauge">,
  { version, node = "unknown" }: { readonly version: string; readonly node: string | undefined },
): void {
  const set = gauge({
    name: "service_provider_build_info",
    help: "Version of the provider, and of the Node.js that runs it; always 1.",
    labelNames: ["version", "node"],
  });
  set([[{ version, node }, 1]]);
}

/** Registers the count of Events that nobody will see, and returns what counts them. */
export function countDroppedEvents({ counter }: Pick<Metrics, "counter">): NonNullable<EventRecorderOptions["onDrop"]> {
  return counter({
    name: "service_provider_events_dropped_total",
    help: "Number of Events that were dropped, because an API server did not take them or too many waited.",
    label: "cause",
    values: ["backlog", "error"],
  });
}

/** What the metrics of the installations are computed from, beside the installations. */
type Sources = {
  readonly clock: Clock;
  /** When the token for the onboarding cluster that is in use expires, if it ever does. */
  readonly onboardingExpiresAtMs: () => number | undefined;
};

/**
 * Registers the metrics of the installations.
 *
 * The gauges have values only while a process follows the installations: a replica on standby tells of none.
 */
export function measureTenants(
  metrics: Pick<Metrics, "gauge" | "histogram" | "onScrape">,
  { clock, onboardingExpiresAtMs }: Sources,
): TenantObserver {
  const { firstReady, removed } = registerHistograms(metrics);
  const gauges = registerGauges(metrics);
  const settings = registerSettings(metrics);
  const tokens = registerTokens(metrics);
  const take = (figures: ProviderFigures): void => {
    gauges.states(figures.states.map(({ labels, count }) => [labels, count]));
    gauges.failing(figures.failing.map(({ labels, count }) => [labels, count]));
    gauges.versions(figures.versions.map(({ labels, count }) => [labels, count]));
    gauges.ignored([[{}, figures.ignored]]);
    gauges.unserved(figures.unserved === undefined ? [] : [[{}, figures.unserved]]);
    gauges.deletions(figures.deletions.map(({ labels, sinceMs }) => [labels, secondsSince(sinceMs, clock)]));
    settings(figures.areSettingsInForce);
    tokens({ onboarding: onboardingExpiresAtMs(), mcp: figures.tokenExpiresAtMs });
  };
  return {
    firstReady: (afterMs) => firstReady(afterMs / 1000),
    removed: (afterMs) => removed(afterMs / 1000),
    follow: (figures) => {
      const end = metrics.onScrape(() => take(figures()));
      return () => {
        end();
        Object.values(gauges).forEach((set) => set([]));
        settings(undefined);
        tokens({});
      };
    },
  };
}

function secondsSince(ms: number, clock: Clock): number {
  return Math.max(0, clock.now() - ms) / 1000;
}

function registerHistograms({ histogram }: Pick<Metrics, "histogram">) {
  return {
    firstReady: histogram({
      name: "service_provider_time_to_ready_seconds",
      help: "How long it took from the creation of an object until it was Ready for the first time.",
      buckets: BUCKETS_S,
    }),
    removed: histogram({
      name: "service_provider_deletion_seconds",
      help: "How long it took from the deletion of an object until everything that was made for it was gone.",
      buckets: BUCKETS_S,
    }),
  };
}

function registerGauges({ gauge }: Pick<Metrics, "gauge">) {
  return {
    states: gauge({
      name: "service_provider_tenants",
      help: "How many tenants are in a phase, for a reason.",
      labelNames: ["phase", "reason"],
    }),
    failing: gauge({
      name: "service_provider_tenants_failing",
      help: "How many tenants need somebody to act, or keep failing, for a reason.",
      labelNames: ["reason"],
    }),
    versions: gauge({
      name: "service_provider_tenant_versions",
      help: "How many tenants want a version while a version is installed.",
      labelNames: ["wanted", "installed"],
    }),
    ignored: gauge({
      name: "service_provider_tenants_ignored",
      help: "How many tenants are left as they are, because the operation annotation of their object says ignore.",
      labelNames: [],
    }),
    unserved: gauge({
      name: "service_provider_tenants_unserved",
      help: "How many tenants no process serves, because no selector matches their shard key. One of the processes tells.",
      labelNames: [],
    }),
    deletions: gauge({
      name: "service_provider_deletion_blocked_seconds",
      help: "Age of the oldest deletion that waits for a reason.",
      labelNames: ["reason"],
    }),
  };
}

function registerSettings({ gauge }: Pick<Metrics, "gauge">): (areInForce: boolean | undefined) => void {
  const set = gauge({
    name: "service_provider_settings_in_force",
    help: "Whether the present ProviderConfig is in force: 1 if it is, 0 if it is missing or refused.",
    labelNames: [],
  });
  return (areInForce) => set(areInForce === undefined ? [] : [[{}, areInForce ? 1 : 0]]);
}

function registerTokens({
  gauge,
}: Pick<Metrics, "gauge">): (expiry: Readonly<Record<string, number | undefined>>) => void {
  const set = gauge({
    name: "service_provider_token_expiry_timestamp_seconds",
    help: "When the token for a cluster expires, in seconds since 1970; of many clusters, the first token.",
    labelNames: ["cluster"],
  });
  return (expiry) =>
    set(
      Object.entries(expiry).flatMap(([cluster, ms]) => (ms === undefined ? [] : [[{ cluster }, ms / 1000] as const])),
    );
}
