import { execFile, fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

import { freePorts } from "../../ground/free-ports.ts";
import { logTail } from "../../ground/log-tail.ts";
import { IMAGE_ENVIRONMENT } from "../../scripts/image/image-environment.ts";
import { type ProviderProcess, startProvider } from "../../ground/provider-process.ts";
import { SHARD_LABEL } from "../../src/openmcp/service/shards.ts";
import { Audit, type RecordedWrite } from "./audit.ts";
import type { BareCost, BareJob } from "./bare-client.ts";
import { LeanClient } from "./lean-client.ts";
import { Meter, type Phase, type Settled } from "./meter.ts";
import { Observer } from "./observer.ts";
import { cpuMsOf, type MemoryFigures, memoryOf, memoryOfAll, OpenFiles } from "./process-figures.ts";
import type { StageReady } from "./servers.ts";
import {
  calmed,
  configureProvider,
  deleteAll,
  editWithoutRest,
  muteControlPlanes,
  OCM_GROUP,
  orderAll,
  preparePlatform,
  type TenantPlace,
} from "./tenants.ts";

/** How to measure. */
export type MeasureOptions = {
  /** How long a process is left alone before its memory is read, and how long it is looked at once tenants are at rest. */
  readonly settledMs: number;
  /** Keys of the shards, each with a process of its own. None: one process serves all tenants. */
  readonly shards: readonly string[];
  readonly onProgress: (line: string) => void;
};

/** Everything that was measured with one number of tenants. Times in ms, memory in MiB. */
export type Measured = ProviderRun & {
  readonly tenants: number;
  readonly initMs: number;
  readonly readyzMs: number;
  readonly startCpuMs: number;
  readonly idle: MemoryFigures;
  readonly bare: { readonly ordered: BareCost; readonly configured: BareCost; readonly deleted: BareCost };
  readonly bareWrites: { readonly ordered: number; readonly deleted: number };
};

/** The same tenants twice: what they were while nobody troubled them, and while some did. */
export type Compared = { readonly tenants: number; readonly calm: ProviderRun; readonly disturbed: ProviderRun };

/** When something was so for each tenant, in order. */
export type Times = readonly number[];

/** What one process did from its start on, with tenants that were waiting for it. */
export type ProviderRun = {
  readonly install: {
    readonly releases: Times;
    readonly ready: Times;
    /** From HelmRelease Ready to OCM Ready. */
    readonly latencies: readonly number[];
  };
  /** Includes the start of the process. */
  readonly ordered: Phase;
  readonly held: MemoryFigures;
  readonly settled: Settled;
  readonly configured: Phase & { readonly result: Times };
  readonly deleted: Phase & { readonly result: Times };
  readonly after: MemoryFigures;
  readonly eventsDropped: number;
  readonly mostOpenFiles: number;
  readonly processes: number;
};

const STAGE = new URL("./stage.ts", import.meta.url).pathname;
const BARE = new URL("./bare-client.ts", import.meta.url).pathname;
/** The bench's own orders and deletions at a time. */
const SOCKETS = 32;
/** A bare client does nothing that depends on how many tenants there are: of more than these it is not asked. */
const MOST_BARE = 2000;
/**
 * The first poll reads the kubeconfig of a tenant, and after the second one, a minute later, it is at rest. The process then
 * collects garbage in ever longer pauses, of which the next one is minutes away by now.
 */
const REST_MS = 300_000;
/** For the plays to end what they have begun. */
const BREATH_MS = 3000;
const CONFIG_PATH = `/apis/${OCM_GROUP}/providerconfigs/ocm`;

/** Starts servers and plays, and measures the provider on them: first while no tenant is in trouble, then with troubles. */
export async function compare(
  places: readonly [TenantPlace, ...TenantPlace[]],
  options: MeasureOptions,
): Promise<Compared> {
  await using stage = await startStage(places[0]);
  using measurement = new Measurement(stage.ready, places, options);
  return await measurement.compare();
}

/** Starts servers and plays, and measures the provider and then the bare client on them. */
export async function measure(
  places: readonly [TenantPlace, ...TenantPlace[]],
  options: MeasureOptions,
): Promise<Measured> {
  await using stage = await startStage(places[0]);
  using measurement = new Measurement(stage.ready, places, options);
  return await measurement.run();
}

async function startStage(sample: TenantPlace): Promise<AsyncDisposable & { readonly ready: StageReady }> {
  const child = fork(STAGE, [sample.namespace, sample.workspace], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const failed = once(child, "exit").then(() => {
    throw new Error("expected the servers to start; what they said is above");
  });
  const [ready] = (await Promise.race([once(child, "message"), failed])) as [StageReady];
  failed.catch(() => undefined);
  return { ready, [Symbol.asyncDispose]: () => endStage(child) };
}

async function endStage(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.connected) {
    const exited = once(child, "exit");
    child.disconnect();
    await exited;
  }
}

class Measurement {
  readonly #stage: StageReady;
  #places: readonly [TenantPlace, ...TenantPlace[]];
  /** Those that never get into trouble: they are measured. */
  readonly #calm: readonly TenantPlace[];
  readonly #options: MeasureOptions;
  readonly #platform: LeanClient;
  readonly #onboarding: LeanClient;
  readonly #observer = new Observer();
  readonly #audit: Audit;
  /** How often the configuration was changed. */
  #changes = 0;

  constructor(stage: StageReady, places: readonly [TenantPlace, ...TenantPlace[]], options: MeasureOptions) {
    this.#stage = stage;
    this.#places = places;
    this.#calm = places.filter(({ trouble }) => trouble === undefined);
    this.#options = options;
    this.#platform = new LeanClient(stage.kubeconfigs.platform, SOCKETS);
    this.#onboarding = new LeanClient(stage.kubeconfigs.onboarding, SOCKETS);
    this.#audit = new Audit(stage, places[0]);
  }

  async run(): Promise<Measured> {
    const initMs = await this.#prepare();
    this.#say("idle");
    const idle = await this.#idle();
    await this.#observe();
    await this.#order();
    const provider = await this.#provider({ restMs: REST_MS });
    return { tenants: this.#places.length, initMs, ...idle, ...provider, ...(await this.#bare(provider)) };
  }

  async compare(): Promise<Compared> {
    const troubled = this.#places;
    this.#places = calmed(troubled);
    await this.#prepare({ hasVisits: troubled.some(({ trouble }) => trouble === "mute") });
    await this.#observe();
    await this.#order();
    const calm = await this.#provider();
    this.#places = troubled;
    await muteControlPlanes(this.#stage, troubled);
    await this.#order();
    return { tenants: troubled.length, calm, disturbed: await this.#provider() };
  }

  /** Returns how long `init` took. */
  async #prepare({ hasVisits = false }: { readonly hasVisits?: boolean } = {}): Promise<number> {
    this.#say("preparing the platform");
    await preparePlatform(this.#stage, this.#places);
    const initMs = await this.#init();
    await configureProvider(this.#platform, { shards: this.#options.shards, hasVisits });
    return initMs;
  }

  #observe(): Promise<void> {
    return this.#observer.start({ platform: this.#platform, onboarding: this.#onboarding }, this.#calm);
  }

  [Symbol.dispose](): void {
    this.#platform.close();
    this.#onboarding.close();
  }

  #say(line: string): void {
    this.#options.onProgress(`${this.#places.length} tenants: ${line}`);
  }

  async #start(command: "init" | "run", args: readonly string[] = []): Promise<ProviderProcess> {
    const kubeconfigPath = join(this.#stage.folder, "platform.kubeconfig");
    const logPath = join(this.#stage.folder, `provider-${command}.log`);
    return startProvider({ command, kubeconfigPath, logPath, args, env: IMAGE_ENVIRONMENT });
  }

  async #init(): Promise<number> {
    const startMs = performance.now();
    const init = await this.#start("init");
    const status = await init.exited;
    if (status !== 0) {
      throw new Error(`expected init to end with 0, found ${status}:\n${await logTail(init.logPath)}`);
    }
    return performance.now() - startMs;
  }

  /** A process without tenants. */
  async #idle(): Promise<Pick<Measured, "readyzMs" | "startCpuMs" | "idle">> {
    const startMs = performance.now();
    const provider = await this.#start("run");
    await provider.ready();
    const readyzMs = performance.now() - startMs;
    const startCpuMs = await cpuMsOf(provider.pid);
    await sleep(this.#options.settledMs);
    const idle = await memoryOf(provider.pid);
    await provider.stop();
    return { readyzMs, startCpuMs, idle };
  }

  /** `restMs`: how long tenants are left alone before they count as settled. */
  async #provider({ restMs = this.#options.settledMs / 2 } = {}): Promise<ProviderRun> {
    const { shards } = this.#options;
    const ports = await freePorts(Math.max(1, shards.length));
    this.#observer.begin();
    const providers = await Promise.all(
      ports.map((port, index) => this.#start("run", [...metricsArgs(port), ...shardArgs(shards[index])])),
    );
    const pids = providers.map(({ pid }) => pid);
    try {
      return await this.#live(pids, { metricsPorts: ports, restMs });
    } catch (cause) {
      throw new Error(`the end of the provider's log:\n${await logTail(providers[0]?.logPath ?? "")}`, { cause });
    } finally {
      await Promise.all(providers.map((provider) => provider.stop()));
    }
  }

  /** The life of all tenants, from their orders on. */
  async #live(
    pids: readonly number[],
    { metricsPorts, restMs }: { readonly metricsPorts: readonly number[]; readonly restMs: number },
  ): Promise<ProviderRun> {
    using files = new OpenFiles(pids);
    const meter = new Meter(pids, this.#stage.servers, this.#audit);
    using troubled = new DisposableStack();
    for (const place of this.#places.filter(({ trouble }) => trouble === "noisy")) {
      troubled.use(editWithoutRest(this.#onboarding, place));
    }
    this.#say("installing");
    const installed = await this.#install(meter);
    this.#say("settled");
    await sleep(restMs);
    const settled = await meter.settled(this.#options.settledMs);
    const held = await memoryOfAll(pids);
    const configured = await this.#configure(meter);
    troubled.dispose();
    const deleted = await this.#delete(meter);
    await sleep(this.#options.settledMs);
    const after = await memoryOfAll(pids);
    const dropped = await Promise.all(metricsPorts.map(eventsDroppedBy));
    const eventsDropped = dropped.reduce((sum, one) => sum + one, 0);
    return {
      ...installed,
      settled,
      held,
      configured,
      deleted,
      after,
      eventsDropped,
      mostOpenFiles: files.most,
      processes: pids.length,
    };
  }

  // The process has just been started.
  async #install(meter: Meter): Promise<Pick<ProviderRun, "install" | "ordered">> {
    const count = this.#calm.length;
    const { result: install, ...ordered } = await meter.phase(async () => {
      await this.#observer.until("ocmReady", count);
      const [releases, ready] = [this.#observer.times("release"), this.#observer.times("ocmReady")];
      await this.#observer.until("releaseReady", count);
      return { releases, ready, latencies: this.#observer.latencies() };
    });
    return { install, ordered };
  }

  async #configure(meter: Meter): Promise<ProviderRun["configured"]> {
    this.#say("changing the configuration");
    const configured = await meter.phase(async () => {
      this.#changes += 1;
      const marker = `changed ${this.#changes}`;
      this.#observer.begin(marker);
      await this.#platform.merge(CONFIG_PATH, { spec: { values: { bench: marker } } });
      await this.#observer.until("configured", this.#calm.length);
      await this.#observer.until("releaseReady", this.#calm.length);
      // A tenant whose release is quickly Ready again stays Ready, without another word.
      await this.#observer.untilAllReady();
      return this.#observer.times("configured");
    });
    return configured;
  }

  async #delete(meter: Meter): Promise<ProviderRun["deleted"]> {
    this.#say("deleting");
    return meter.phase(async () => {
      this.#observer.begin();
      await Promise.all([
        deleteAll(this.#onboarding, this.#places),
        this.#observer.until("ocmGone", this.#calm.length),
      ]);
      return this.#observer.times("ocmGone");
    });
  }

  /** Tenants again, with the same writes. What it costs is told as that of all of them. */
  async #bare({ ordered, configured, deleted }: ProviderRun): Promise<Pick<Measured, "bare" | "bareWrites">> {
    const places = this.#calm.slice(0, MOST_BARE);
    this.#say(`the bare client, of ${places.length} of them`);
    const run = async (writes: readonly RecordedWrite[]): Promise<BareCost> =>
      scaled(await this.#runBare(places, writes), this.#calm.length / places.length);
    await orderAll(this.#onboarding, places);
    this.#observer.begin();
    const orderedCost = await run(ordered.sample);
    await this.#observer.until("releaseReady", places.length);
    const configuredCost = await run(
      configured.sample.filter(({ path, method }) => method !== "DELETE" && path.includes("/helmreleases/")),
    );
    await sleep(BREATH_MS);
    const [deletedCost] = await Promise.all([run(deleted.sample), deleteAll(this.#onboarding, places)]);
    return {
      bare: { ordered: orderedCost, configured: configuredCost, deleted: deletedCost },
      bareWrites: { ordered: ordered.sample.length, deleted: deleted.sample.length },
    };
  }

  async #order(): Promise<void> {
    this.#say("ordering");
    await orderAll(this.#onboarding, this.#places);
  }

  async #runBare(places: readonly TenantPlace[], writes: readonly RecordedWrite[]): Promise<BareCost> {
    const job: BareJob = { kubeconfigs: this.#stage.kubeconfigs, places, writes };
    const path = join(this.#stage.folder, "bare.json");
    await writeFile(path, JSON.stringify(job), { mode: 0o600 });
    const { stdout } = await promisify(execFile)(process.execPath, [BARE, path]);
    return JSON.parse(stdout) as BareCost;
  }
}

function scaled({ elapsedMs, cpuMs, refused }: BareCost, times: number): BareCost {
  return { elapsedMs: elapsedMs * times, cpuMs: cpuMs * times, refused };
}

function metricsArgs(port: number): readonly string[] {
  return [`--metrics-bind-address=127.0.0.1:${port}`, "--metrics-secure=false"];
}

function shardArgs(key: string | undefined): readonly string[] {
  return key === undefined ? [] : [`--watch-label-selector=${SHARD_LABEL}=${key}`];
}

async function eventsDroppedBy(port: number): Promise<number> {
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const lines = text.split("\n").filter((line) => line.startsWith("service_provider_events_dropped_total"));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}
