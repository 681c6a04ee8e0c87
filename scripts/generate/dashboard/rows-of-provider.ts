import { GREEN, NONE_IS_FINE, ONE_IS_FINE, ORANGE, RED, type Row } from "./panel.ts";

/** What an operator asks about the provider. */
export const rowsOfProvider: readonly Row[] = [
  {
    question: "Can the provider work?",
    panels: [
      {
        title: "Replicas",
        description: "Replicas that can be scraped.",
        kind: "tile",
        width: 4,
        queries: [{ expr: "sum(<up>) or vector(0)" }],
        colors: ONE_IS_FINE,
      },
      {
        title: "Leader",
        description: "Whether a replica holds the Lease. Without leader election there is none to hold.",
        kind: "tile",
        width: 4,
        queries: [{ expr: "max(<leader_election_master_status>)" }],
        colors: ONE_IS_FINE,
        words: { 0: "none", 1: "leads" },
      },
      {
        title: "Settings",
        description: "Whether the present ProviderConfig is in force. Its condition Accepted says why not.",
        kind: "tile",
        width: 4,
        queries: [{ expr: "min(<service_provider_settings_in_force>)" }],
        colors: ONE_IS_FINE,
        words: { 0: "not in force", 1: "in force" },
      },
      {
        title: "What nobody serves",
        description:
          "Keys that have waited for two minutes, or have been worked on for ten: `/readyz` says which. Tenants of a shard without a process: the condition Served of the ProviderConfig says which.",
        kind: "tile",
        width: 4,
        queries: [
          { expr: "sum(<service_provider_unserved_keys>)", legend: "keys" },
          { expr: "max(<service_provider_tenants_unserved>) or vector(0)", legend: "tenants" },
        ],
        colors: NONE_IS_FINE,
      },
      {
        title: "Silence of a cluster",
        description:
          "How long ago the platform or the onboarding cluster last gave a sign of life. A minute is normal.",
        kind: "tile",
        width: 4,
        unit: "s",
        queries: [{ expr: "max by (cluster) (<service_provider_last_contact_age_seconds>)", legend: "{{cluster}}" }],
        colors: [
          [null, GREEN],
          [180, ORANGE],
          [300, RED],
        ],
      },
      {
        title: "Tokens expire in",
        description:
          "The platform renews each token after 80 % of its life. The token for `mcp` is the first of tenants' clusters.",
        kind: "tile",
        width: 4,
        unit: "s",
        queries: [
          {
            expr: "min by (cluster) (<service_provider_token_expiry_timestamp_seconds>) - time()",
            legend: "{{cluster}}",
          },
        ],
        colors: [
          [null, RED],
          [600, ORANGE],
          [3600, GREEN],
        ],
      },
      {
        title: "What runs",
        description: "Version of the provider and of Node.js, by replica. During a rollout there are two.",
        kind: "table",
        width: 12,
        queries: [{ expr: "max by (instance, version, node) (<service_provider_build_info>)" }],
      },
      {
        title: "Events that were dropped",
        description: "Events that nobody will see. The log says which, and why.",
        kind: "graph",
        width: 12,
        queries: [
          { expr: "sum by (cause) (increase(<service_provider_events_dropped_total>[1h]))", legend: "{{cause}}" },
        ],
      },
    ],
  },
  {
    question: "What does it do, and what fails?",
    panels: [
      {
        title: "Reconciles",
        description:
          "Reconciles in a second by controller and result. A settled tenant is looked at once in a poll interval.",
        kind: "graph",
        width: 8,
        unit: "ops",
        queries: [
          {
            expr: "sum by (controller, result) (rate(<controller_runtime_reconcile_total>[5m]))",
            legend: "{{controller}} {{result}}",
          },
        ],
      },
      {
        title: "Time of a reconcile",
        description: "Within which time 95 % of the reconciles end.",
        kind: "graph",
        width: 8,
        unit: "s",
        queries: [
          {
            expr: "histogram_quantile(0.95, sum by (controller, le) (rate(<controller_runtime_reconcile_time_seconds_bucket>[5m])))",
            legend: "{{controller}}",
          },
        ],
      },
      {
        title: "Keys that wait",
        description: "Length of each queue. All 16 workers are busy when it grows.",
        kind: "graph",
        width: 8,
        queries: [{ expr: "sum by (name) (<workqueue_depth>)", legend: "{{name}}" }],
      },
      {
        title: "Requests to API servers",
        description: "Requests in a second by cluster; `mcp` are all clusters of tenants.",
        kind: "graph",
        width: 12,
        unit: "reqps",
        queries: [{ expr: "sum by (host) (rate(<rest_client_requests_total>[5m]))", legend: "{{host}}" }],
      },
      {
        title: "Requests that were refused",
        description: "409 is normal now and then: somebody else has changed the object. 403 is a missing right.",
        kind: "graph",
        width: 12,
        unit: "reqps",
        queries: [
          {
            expr: 'sum by (host, method, code) (rate(<rest_client_requests_total{code!~"2..|404"}>[5m]))',
            legend: "{{host}} {{method}} {{code}}",
          },
        ],
      },
    ],
  },
  {
    question: "What does its process need?",
    panels: [
      {
        title: "Memory",
        description: "Resident memory by replica.",
        kind: "graph",
        width: 8,
        unit: "bytes",
        queries: [{ expr: "max by (instance) (<process_resident_memory_bytes>)", legend: "{{instance}}" }],
      },
      {
        title: "CPU",
        description: "Seconds of CPU in a second by replica.",
        kind: "graph",
        width: 8,
        unit: "s",
        queries: [{ expr: "sum by (instance) (rate(<process_cpu_seconds_total>[5m]))", legend: "{{instance}}" }],
      },
      {
        title: "Event loop",
        description: "By how much the event loop is late, 99 % of the time at most.",
        kind: "graph",
        width: 8,
        unit: "s",
        queries: [{ expr: "max by (instance) (<nodejs_eventloop_lag_p99_seconds>)", legend: "{{instance}}" }],
      },
    ],
  },
];
