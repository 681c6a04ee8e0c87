import type { Clock } from "../../kube/clock.ts";
import type { Metrics } from "../../runtime/metrics.ts";
import type { TenantObserver } from "./tenant-figures.ts";

/** From a second to a day. */
const BUCKETS_S = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 86_400];

/**
 * Registers the metrics of a provider's domain.
 *
 * The gauges have values only while a process follows the installations: a replica on standby tells of none.
 */
export function measureTenants(
  metrics: Pick<Metrics, "gauge" | "histogram" | "onScrape">,
  clock: Clock,
): TenantObserver {
  const gauges = registerGauges(metrics);
  const firstReady = metrics.histogram({
    name: "service_provider_time_to_ready_seconds",
    help: "How long it took from the creation of an object until it was Ready for the first time.",
    buckets: BUCKETS_S,
  });
  const removed = metrics.histogram({
    name: "service_provider_deletion_seconds",
    help: "How long it took from the deletion of an object until everything that was made for it was gone.",
    buckets: BUCKETS_S,
  });
  return {
    firstReady: (afterMs) => firstReady(afterMs / 1000),
    removed: (afterMs) => removed(afterMs / 1000),
    follow: (figures) => {
      const end = metrics.onScrape(() => {
        const { states, failing, versions, ignored, deletions, areSettingsInForce } = figures();
        const counts = [states, failing, versions] as const;
        [gauges.states, gauges.failing, gauges.versions].forEach((set, index) =>
          set((counts[index] ?? []).map(({ labels, count }) => [labels, count])),
        );
        gauges.ignored([[{}, ignored]]);
        gauges.deletions(deletions.map(({ labels, sinceMs }) => [labels, Math.max(0, clock.now() - sinceMs) / 1000]));
        gauges.settings(areSettingsInForce === undefined ? [] : [[{}, areSettingsInForce ? 1 : 0]]);
      });
      return () => {
        end();
        Object.values(gauges).forEach((set) => set([]));
      };
    },
  };
}

function registerGauges({ gauge }: Pick<Metrics, "gauge">) {
  return {
    states: gauge({
      name: "service_provider_tenants",
      help: "How many objects of users are in a phase, for a reason.",
      labelNames: ["phase", "reason"],
    }),
    failing: gauge({
      name: "service_provider_tenants_failing",
      help: "How many objects of users need somebody to act, or keep failing, for a reason.",
      labelNames: ["reason"],
    }),
    versions: gauge({
      name: "service_provider_tenant_versions",
      help: "How many objects of users ask for a version while another one, the same or none is installed.",
      labelNames: ["wanted", "installed"],
    }),
    ignored: gauge({
      name: "service_provider_tenants_ignored",
      help: "How many objects of users are left as they are, because their operation annotation says ignore.",
      labelNames: [],
    }),
    deletions: gauge({
      name: "service_provider_deletion_blocked_seconds",
      help: "For how long the oldest deletion has been asked for that now waits for a reason.",
      labelNames: ["reason"],
    }),
    settings: gauge({
      name: "service_provider_settings_in_force",
      help: "Whether the present ProviderConfig is in force: 1 if it is, 0 if it is missing or refused.",
      labelNames: [],
    }),
  };
}
