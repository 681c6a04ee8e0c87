import { BLUE, GREEN, NONE_IS_FINE, ORANGE, type Query, type Row } from "./panel.ts";

/** What an operator asks about tenants. */
export const rowsOfTenants: readonly Row[] = [
  {
    question: "Are all tenants well?",
    panels: [
      {
        title: "Tenants",
        description: "Objects of users that the provider serves; both API groups together.",
        kind: "tile",
        width: 4,
        queries: [{ expr: "sum(<service_provider_tenants>) or vector(0)" }],
        colors: [[null, BLUE]],
      },
      {
        title: "Ready",
        description: "Tenants whose wanted version runs.",
        kind: "tile",
        width: 4,
        queries: [{ expr: 'sum(<service_provider_tenants{phase="Ready"}>) or vector(0)' }],
        colors: [[null, GREEN]],
      },
      {
        title: "Failing",
        description:
          "Somebody has to act, or something keeps failing: `service-provider-ocm status --failing` lists them.",
        kind: "tile",
        width: 4,
        queries: [{ expr: "sum(<service_provider_tenants_failing>) or vector(0)" }],
        colors: NONE_IS_FINE,
      },
      {
        title: "On their way",
        description: "Not Ready yet. Those that fail are among them.",
        kind: "tile",
        width: 4,
        queries: [{ expr: 'sum(<service_provider_tenants{phase="Progressing"}>) or vector(0)' }],
        colors: [[null, BLUE]],
      },
      {
        title: "Being deleted",
        description: "Installations that are being taken down.",
        kind: "tile",
        width: 4,
        queries: [{ expr: 'sum(<service_provider_tenants{phase="Terminating"}>) or vector(0)' }],
        colors: [[null, BLUE]],
      },
      {
        title: "Ignored",
        description:
          "Left as they are because `openmcp.cloud/operation: ignore` is on their object. Has somebody forgotten it?",
        kind: "tile",
        width: 4,
        queries: [{ expr: "sum(<service_provider_tenants_ignored>) or vector(0)" }],
        colors: [
          [null, GREEN],
          [1, ORANGE],
        ],
      },
      {
        title: "Tenants by phase",
        description: "How the phases have changed. A rollout of a new version shows as a hill of Progressing.",
        kind: "bars",
        width: 12,
        queries: [{ expr: "sum by (phase) (<service_provider_tenants>)", legend: "{{phase}}" }],
      },
      {
        title: "Why tenants fail",
        description: "Failing tenants by the reason of the condition to blame; docs/status.md explains each reason.",
        kind: "bars",
        width: 12,
        queries: [{ expr: "sum by (reason) (<service_provider_tenants_failing>)", legend: "{{reason}}" }],
      },
    ],
  },
  {
    question: "Which versions run, and which are wanted?",
    panels: [
      {
        title: "Wanted and installed",
        description:
          "Tenants by the version that they want and the one that is installed; `none`: nothing is installed yet.",
        kind: "table",
        width: 12,
        queries: [{ expr: "sort_desc(sum by (wanted, installed) (<service_provider_tenant_versions>))" }],
      },
      {
        title: "Installed versions",
        description: "How versions come and go.",
        kind: "bars",
        width: 12,
        queries: [{ expr: "sum by (installed) (<service_provider_tenant_versions>)", legend: "{{installed}}" }],
      },
    ],
  },
  {
    question: "How long do orders and deletions take?",
    panels: [
      {
        title: "From order to Ready",
        description: "Time from the creation of an object until it was Ready for the first time, of the last hour.",
        kind: "graph",
        width: 8,
        unit: "s",
        queries: quantiles("service_provider_time_to_ready_seconds"),
      },
      {
        title: "Orders and deletions in an hour",
        description: "How many tenants have become Ready for the first time, and how many have gone.",
        kind: "graph",
        width: 8,
        queries: [
          { expr: "sum(increase(<service_provider_time_to_ready_seconds_count>[1h]))", legend: "Ready" },
          { expr: "sum(increase(<service_provider_deletion_seconds_count>[1h]))", legend: "deleted" },
        ],
      },
      {
        title: "Deletions",
        description: "Time from the deletion of an object until all that was made for it was gone, of the last hour.",
        kind: "graph",
        width: 8,
        unit: "s",
        queries: quantiles("service_provider_deletion_seconds"),
      },
      {
        title: "Oldest deletion",
        description:
          "Age of the oldest deletion by what it waits for. docs/operations.md says what to do about one that is stuck.",
        kind: "graph",
        width: 24,
        unit: "s",
        queries: [{ expr: "max by (reason) (<service_provider_deletion_blocked_seconds>)", legend: "{{reason}}" }],
      },
    ],
  },
];

function quantiles(histogram: string): readonly Query[] {
  return [0.5, 0.95].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le) (rate(<${histogram}_bucket>[1h])))`,
    legend: `${quantile * 100} % within`,
  }));
}
