import type { Compared, Measured, ProviderRun, Times } from "./measure.ts";

/** One line of the table: what was measured, beside its goal and what others took. */
export type Row = {
  readonly name: string;
  readonly unit: string;
  readonly measured: number;
  /** What the bare client took in the same run. */
  readonly bare?: number;
  readonly goal?: number;
  /** What the Go original, v0.4.0, took for 100 tenants on 2026-11-27, on the same kind of machine and servers. */
  readonly go?: number;
  /** What was measured in the same run while no tenant was in trouble. */
  readonly calm?: number;
};

const SECOND = 1000;

/** Goals for resident memory with tenants, in MiB, by the number of tenants. */
const MEMORY_GOALS: Readonly<Record<number, number>> = { 100: 72, 1000: 100, 10_000: 280 };

/** Makes the table of one run. */
export function rowsOf(run: Measured): readonly Row[] {
  return [...startRows(run), ...stormRows(run), ...costRows(run), ...laterRows(run), ...memoryRows(run)];
}

/** Neighbours must not be noticed by more. */
const MOST_TIMES_CALM = 1.5;

/** Makes the table of tenants with troubled neighbours. */
export function comparedRows({ calm, disturbed }: Compared): readonly Row[] {
  const times = (name: string, timesOf: (run: ProviderRun) => Times): readonly Row[] =>
    [0.5, 0.99].map((share) => {
      const before = quantile(timesOf(calm), share) / SECOND;
      const goal = MOST_TIMES_CALM * before;
      return row(`${name}, p${100 * share}`, "s", quantile(timesOf(disturbed), share) / SECOND, { calm: before, goal });
    });
  const figure = (name: string, unit: string, of: (run: ProviderRun) => number, goal?: number): Row =>
    row(name, unit, of(disturbed), { calm: of(calm), ...(goal !== undefined && { goal }) });
  return [
    ...times("start until Ready", ({ install }) => install.ready),
    ...times("HelmRelease Ready until OCM Ready", ({ install }) => install.latencies),
    ...times("config change until HelmRelease", ({ configured }) => configured.result),
    ...times("deletion until gone", ({ deleted }) => deleted.result),
    figure("CPU, settled", "%", ({ settled }) => settled.cpuPercent),
    figure("requests per minute, settled", "", ({ settled }) => settled.requestsPerMinute),
    figure("open files, most", "", ({ mostOpenFiles }) => mostOpenFiles, MOST_FILES),
    figure("memory with tenants", "MiB", ({ held }) => held.resident),
    figure("memory at the peak", "MiB", ({ after }) => after.peak, MOST_TIMES_CALM * calm.after.peak),
    figure("Events dropped", "", ({ eventsDropped }) => eventsDropped, 0),
  ];
}

/** Control planes have at most these sockets, and everything else a process opens is few. */
const MOST_FILES = 1_000 + 64 + 64 + 100;

function quantile(times: Times, share: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

function startRows(run: Measured): readonly Row[] {
  return [
    row("init", "s", run.initMs / SECOND, { goal: 0.6, go: 20.2 }),
    row("start until /readyz, no tenants", "s", run.readyzMs / SECOND),
    row("start until the first HelmRelease", "s", (run.install.releases[0] ?? Number.NaN) / SECOND, {
      goal: 0.6,
      go: 30.4,
    }),
  ];
}

function stormRows(run: Measured): readonly Row[] {
  const bare = run.bare.ordered.elapsedMs / SECOND;
  const at = (share: number): number => quantile(run.install.latencies, share) / SECOND;
  const last = (times: Times): number => quantile(times, 1) / SECOND;
  return [
    row("start until all HelmReleases", "s", last(run.install.releases), { bare, goal: 1.2 * bare, go: 119 }),
    row("start until all Ready", "s", last(run.install.ready), { bare, goal: 1.3 * bare, go: 180 }),
    row("HelmRelease Ready until OCM Ready, p50", "s", at(0.5), { goal: 0.1, go: 60 }),
    row("HelmRelease Ready until OCM Ready, p99", "s", at(0.99), { goal: 0.5 }),
  ];
}

function costRows(run: Measured): readonly Row[] {
  const { tenants, ordered, configured, deleted, bare } = run;
  const each = (total: number): number => total / tenants;
  return [
    row("requests per tenant, ordered", "", each(ordered.requests), {
      goal: 8,
      go: 38.6,
      bare: run.bareWrites.ordered,
    }),
    row("Events per tenant, ordered", "", each(ordered.events)),
    row("Events dropped", "", run.eventsDropped, { goal: 0 }),
    row("CPU per tenant, ordered", "ms", each(ordered.cpuMs - run.processes * run.startCpuMs), {
      goal: 5,
      go: 33,
      bare: each(bare.ordered.cpuMs),
    }),
    row("CPU of the servers per tenant, ordered", "ms", each(ordered.serverCpuMs)),
    row("requests per tenant, configured", "", each(configured.requests)),
    row("CPU per tenant, configured", "ms", each(configured.cpuMs), { bare: each(bare.configured.cpuMs) }),
    row("CPU of the servers per tenant, configured", "ms", each(configured.serverCpuMs)),
    row("requests per tenant, deleted", "", each(deleted.requests), { bare: run.bareWrites.deleted }),
    row("CPU per tenant, deleted", "ms", each(deleted.cpuMs), { goal: 6, bare: each(bare.deleted.cpuMs) }),
    row("CPU of the servers per tenant, deleted", "ms", each(deleted.serverCpuMs)),
  ];
}

function laterRows(run: Measured): readonly Row[] {
  const deleted = run.bare.deleted.elapsedMs / SECOND;
  const configured = run.bare.configured.elapsedMs / SECOND;
  return [
    row("deletion of all", "s", quantile(run.deleted.result, 1) / SECOND, { bare: deleted, goal: 2 * deleted, go: 41 }),
    row("config change until all HelmReleases", "s", quantile(run.configured.result, 1) / SECOND, {
      bare: configured,
      goal: 1.5 * configured,
      go: 60.7,
    }),
    row("CPU, settled", "%", run.settled.cpuPercent, { go: 2, ...(run.tenants <= 1000 && { goal: 0.1 }) }),
    row("requests per minute, settled", "", run.settled.requestsPerMinute, { go: 1400 }),
  ];
}

function memoryRows(run: Measured): readonly Row[] {
  const goal = run.processes === 1 ? MEMORY_GOALS[run.tenants] : undefined;
  return [
    row("memory, no tenants", "MiB", run.idle.resident, { goal: 62, go: 51 }),
    row("memory, no tenants, proportional", "MiB", run.idle.proportional),
    row("memory with tenants", "MiB", run.held.resident, { go: 57, ...(goal !== undefined && { goal }) }),
    row("memory with tenants, proportional", "MiB", run.held.proportional),
    row("memory at the peak until all were installed and settled", "MiB", run.held.peak),
    row("memory after all were deleted", "MiB", run.after.resident, {
      goal: 1.15 * run.idle.resident * run.processes,
      go: 57,
    }),
    row("open files, most", "", run.mostOpenFiles),
    row("memory at the peak, ever", "MiB", run.after.peak),
  ];
}

function row(name: string, unit: string, measured: number, others: Partial<Row> = {}): Row {
  return { name, unit, measured, ...others };
}
