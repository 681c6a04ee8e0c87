/** The values that a series has, one for each minute of whether things are bad then; null where it has none. */
export type Timeline = (isBad: readonly boolean[]) => readonly (number | null)[];

/** How the series of an alert go, and when it has to fire. */
export type AlertCase = {
  /** By their selectors, as a scrape gives them. */
  readonly series: Readonly<Record<string, Timeline>>;
  /** So many minutes after things have become bad, at the earliest and at the latest. */
  readonly firesAfter: readonly [number, number];
  /** So many minutes after things are good again, at the latest. */
  readonly resolvesAfter: number;
  /** Besides the severity. */
  readonly labels?: Readonly<Record<string, string>>;
};

const JOB = 'job="sp-ocm"';

/** A gauge of one value while things are good, of another one while they are bad. */
function gauge(good: number | null, bad: number | null): Timeline {
  return (isBad) => isBad.map((bads) => (bads ? bad : good));
}

/** A counter that grows by so much a minute. */
function counter(good: number, bad: number): Timeline {
  return (isBad) => {
    let count = 0;
    return isBad.map((bads) => (count += bads ? bad : good));
  };
}

/** A moment that is so many seconds ahead. */
function ahead(good: number, bad: number): Timeline {
  return (isBad) => isBad.map((bads, minute) => minute * 60 + (bads ? bad : good));
}

function failing(reason: string, firesAfter: AlertCase["firesAfter"] = [15, 16]): AlertCase {
  const series = { [`service_provider_tenants_failing{${JOB},instance="a",reason="${reason}"}`]: gauge(null, 3) };
  return { series, firesAfter, resolvesAfter: 6, labels: { reason } };
}

const slowOrders = {
  [`service_provider_time_to_ready_seconds_bucket{${JOB},le="60"}`]: counter(1, 0),
  [`service_provider_time_to_ready_seconds_bucket{${JOB},le="600"}`]: counter(1, 0),
  [`service_provider_time_to_ready_seconds_bucket{${JOB},le="1200"}`]: counter(1, 1),
  [`service_provider_time_to_ready_seconds_bucket{${JOB},le="+Inf"}`]: counter(1, 1),
  [`service_provider_time_to_ready_seconds_count{${JOB}}`]: counter(1, 1),
};

/** For each alert, how what it is about comes and goes. */
export const cases: Readonly<Record<string, AlertCase>> = {
  OCMProviderDown: {
    series: { [`up{${JOB},instance="a"}`]: gauge(1, 0), [`up{${JOB},instance="b"}`]: gauge(1, null) },
    firesAfter: [6, 9],
    resolvesAfter: 4,
  },
  OCMProviderReplicaDown: {
    series: { [`up{${JOB},instance="a"}`]: gauge(1, 0), [`up{${JOB},instance="b"}`]: gauge(1, 1) },
    firesAfter: [22, 25],
    resolvesAfter: 8,
    labels: { job: "sp-ocm", instance: "a" },
  },
  OCMProviderWithoutLeader: {
    series: {
      [`leader_election_master_status{${JOB},instance="a"}`]: gauge(1, 0),
      [`leader_election_master_status{${JOB},instance="b"}`]: gauge(0, 0),
    },
    firesAfter: [6, 9],
    resolvesAfter: 4,
  },
  OCMProviderRestarting: {
    series: { [`process_start_time_seconds{${JOB},instance="a"}`]: counter(0, 1) },
    firesAfter: [3, 5],
    resolvesAfter: 61,
    labels: { job: "sp-ocm", instance: "a" },
  },
  OCMProviderVersionsDiffer: {
    series: {
      [`service_provider_build_info{${JOB},instance="a",version="1"}`]: gauge(1, 1),
      [`service_provider_build_info{${JOB},instance="b",version="1"}`]: gauge(1, null),
      [`service_provider_build_info{${JOB},instance="b",version="2"}`]: gauge(null, 1),
    },
    firesAfter: [60, 61],
    resolvesAfter: 6,
  },
  OCMProviderOverloaded: {
    series: { [`nodejs_eventloop_lag_p99_seconds{${JOB},instance="a"}`]: gauge(0.01, 2) },
    firesAfter: [16, 20],
    resolvesAfter: 5,
    labels: { instance: "a" },
  },
  OCMSettingsNotInForce: {
    series: { [`service_provider_settings_in_force{${JOB}}`]: gauge(1, 0) },
    firesAfter: [10, 11],
    resolvesAfter: 6,
  },
  OCMClusterSilent: {
    series: { [`service_provider_last_contact_age_seconds{${JOB},cluster="onboarding"}`]: gauge(20, 400) },
    firesAfter: [5, 6],
    resolvesAfter: 4,
    labels: { cluster: "onboarding" },
  },
  OCMTokenExpires: {
    series: { [`service_provider_token_expiry_timestamp_seconds{${JOB},cluster="onboarding"}`]: ahead(3600, 200) },
    firesAfter: [3, 4],
    resolvesAfter: 3,
    labels: { cluster: "onboarding" },
  },
  OCMKeysUnserved: {
    series: { [`service_provider_unserved_keys{${JOB},name="ocm"}`]: gauge(0, 4) },
    firesAfter: [10, 11],
    resolvesAfter: 6,
    labels: { name: "ocm" },
  },
  OCMTenantsUnserved: {
    series: { [`service_provider_tenants_unserved{${JOB},instance="a"}`]: gauge(0, 2) },
    firesAfter: [10, 11],
    resolvesAfter: 6,
  },
  OCMReconcileErrors: {
    series: { [`controller_runtime_reconcile_errors_total{${JOB},controller="ocm"}`]: counter(0, 30) },
    firesAfter: [16, 19],
    resolvesAfter: 11,
    labels: { controller: "ocm" },
  },
  OCMRequestsRefused: {
    series: {
      [`rest_client_requests_total{${JOB},code="200",host="a"}`]: counter(100, 100),
      [`rest_client_requests_total{${JOB},code="403",host="a"}`]: counter(0, 30),
    },
    firesAfter: [16, 19],
    resolvesAfter: 11,
    labels: { code: "403" },
  },
  OCMEventsDropped: {
    series: { [`service_provider_events_dropped_total{${JOB},cause="error"}`]: counter(0, 5) },
    firesAfter: [17, 20],
    resolvesAfter: 30,
    labels: { cause: "error" },
  },
  OCMVersionNotOffered: failing("VersionNotOffered", [20, 21]),
  OCMChartFetchFailed: failing("ChartFetchFailed"),
  OCMSettingsIncomplete: failing("PullSecretNotFound", [10, 11]),
  OCMControlPlaneUnreachable: failing("ClusterUnreachable"),
  OCMForeignObject: failing("ForeignObject"),
  OCMReleaseFailed: failing("ReleaseFailed"),
  OCMTenantsFailing: failing("ReconcileError"),
  OCMDeletionBlocked: {
    series: {
      [`service_provider_deletion_blocked_seconds{${JOB},reason="UserObjectsExist"}`]: gauge(null, 4000),
      [`service_provider_deletion_blocked_seconds{${JOB},reason="RemovingRelease"}`]: gauge(30, 30),
    },
    firesAfter: [5, 6],
    resolvesAfter: 4,
    labels: { reason: "UserObjectsExist" },
  },
  OCMManyTenantsNotReady: {
    series: {
      [`service_provider_tenants{${JOB},phase="Ready",reason="ReconcileSuccess"}`]: gauge(95, 65),
      [`service_provider_tenants{${JOB},phase="Progressing",reason="ChartFetchFailed"}`]: gauge(5, 35),
    },
    firesAfter: [15, 16],
    resolvesAfter: 11,
  },
  OCMOrdersSlow: {
    series: slowOrders,
    firesAfter: [17, 30],
    resolvesAfter: 60,
  },
};
