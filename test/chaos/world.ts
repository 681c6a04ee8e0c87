import { startInProcessGround } from "../../ground/embedded/in-process-ground.ts";
import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import type { SimCluster } from "../../ground/embedded/sim-cluster.ts";
import type { Simulation } from "../../ground/embedded/simulation.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { fastTimings, recordedTimings } from "../../sim/flux/timings.ts";
import type { SimTransport } from "../../sim/transport.ts";
import { parseLabelSelector } from "../../src/kube/label-selector.ts";
import type { TransportRequest } from "../../src/kube/transport.ts";
import type { Metrics } from "../../src/runtime/metrics.ts";
import { ocmCrds, providerConfigCrds } from "../../src/ocm/api/crds.inlined.ts";
import { OCM_GROUPS, OCM_VERSION } from "../../src/ocm/api/group.ts";
import { provider as shipped } from "../../src/ocm/provider.ts";
import { leaseName, SHARD_LABEL } from "../../src/openmcp/service/shards.ts";
import { ref } from "../support/kinds.ts";
import { sleepless } from "../support/sleepless.ts";
import { providerConfig, PULL_SECRET, pullSecret } from "../support/world.ts";
import { Components, networkError } from "./components.ts";
import type { Answer, Exchange } from "./exchange.ts";
import { Provider, type Work } from "./provider.ts";
import type { ClusterKind } from "./faults.ts";
import { SHARDS } from "./schedule.ts";
import { type Check, type Clusters, kindOf, Stage } from "./stage.ts";

/** What a world is made of. */
export type WorldOptions = {
  readonly seed: number;
  readonly replicas: number;
  /** Whether the replicas share the tenants. */
  readonly isSharded?: boolean;
  readonly tempo: "fast" | "recorded";
  /** How long after an answer to a write the watches of API servers hear of it. Default: as API servers have it. */
  readonly watchDelayMs?: number;
  readonly metrics: Metrics;
  /** How the providers do their work; the default is the shipped program's. */
  readonly work?: Work | undefined;
};

const SELECTORS: readonly string[] = [`${SHARD_LABEL} notin (${SHARDS[1]})`, `${SHARD_LABEL}=${SHARDS[1]}`];

const TIMINGS = { fast: fastTimings, recorded: recordedTimings };

/** Clusters, platform, Flux, registry and providers in this process, on a virtual clock. */
export class World extends Stage {
  readonly clock: VirtualClock;
  readonly components: Components;
  readonly ground: Simulation;
  readonly random: () => number;
  readonly providers: readonly Provider[];
  readonly #metrics: Metrics;
  /** Passes that the providers would have spared wrongly, in words. */
  readonly #missed: string[] = [];
  readonly #followed = new Map<string, SimCluster>();

  private constructor(
    options: WorldOptions,
    start: { clock: VirtualClock; components: Components; simulation: Simulation },
  ) {
    super();
    const { simulation } = start;
    this.clock = start.clock;
    this.components = start.components;
    this.ground = {
      ...simulation,
      orderControlPlane: async (plane) => {
        const ordered = await simulation.orderControlPlane(plane);
        this.followClusters();
        return ordered;
      },
    };
    this.#metrics = options.metrics;
    this.random = seededRandom(options.seed);
    this.providers = Array.from({ length: options.replicas }, (_, index) =>
      this.#provider(`sp-ocm-${index + 1}`, options, options.isSharded === true ? SELECTORS[index] : undefined),
    );
    this.followClusters();
  }

  /** Starts everything but the providers, with the operator's objects in place. */
  static async start(options: WorldOptions): Promise<World> {
    const clock = new VirtualClock({ quietTurns: 1 });
    const components = new Components(clock);
    const between = (from: string, { server }: Pick<SimCluster, "server">, transport: SimTransport): SimTransport =>
      components.through(from, components.through(server, transport));
    const { seed, watchDelayMs, tempo } = options;
    const simulation = await clock.runUntil(
      startInProcessGround({ clock, seed, watchDelayMs, between, fluxTimings: TIMINGS[tempo] }),
    );
    if (simulation === undefined) {
      throw new Error("expected a simulation");
    }
    const { platform, onboarding, charts } = simulation;
    onboarding.api.install(ocmCrds);
    platform.api.install(providerConfigCrds);
    await clock.advance(2000);
    const resources = OCM_GROUPS.map((group) => ({ group, version: OCM_VERSION, kind: "OCM" }));
    await platform.client.status(ref("serviceProvider", "ocm"), { resources });
    await platform.client.create(pullSecret(charts.dockerConfigJson));
    await platform.client.create(providerConfig({ chartURL: charts.chartURL, imagePullSecret: { name: PULL_SECRET } }));
    return new World(options, { clock, components, simulation });
  }

  /** Follows clusters that are new. */
  followClusters(): void {
    for (const [key, cluster] of this.ground.clusters) {
      if (this.#followed.get(key) !== cluster) {
        this.#followed.set(key, cluster);
        cluster.api.onChange(({ collection, change }) => {
          // The platform makes clusters for workload whenever it likes.
          this.followClusters();
          this.changed(key, collection, change);
        });
      }
    }
  }

  get replicas(): number {
    return this.providers.length;
  }

  override leaseOf(pod: string): string {
    const selector = this.providers.find(({ podName }) => podName === pod)?.selector ?? "";
    return leaseName("ocm", selector === "" ? undefined : parseLabelSelector(selector));
  }

  begin(): void {
    this.providers.forEach((provider) => provider.start());
  }

  pass(ms: number): Promise<void> {
    return this.clock.advance(ms);
  }

  async passUntil(isOver: () => boolean, limitMs: number): Promise<void> {
    await this.clock.runUntil(isOver, { limitMs });
  }

  look(): Promise<Clusters> {
    return Promise.resolve(this.ground.clusters);
  }

  async told(): Promise<readonly string[]> {
    return [...this.providers.flatMap(({ log }) => log), await this.#metrics.text()];
  }

  judge(check: Check, tell: (violation: string) => void): void {
    check(this.ground.clusters).forEach(tell);
    this.#missed.splice(0).forEach(tell);
  }

  /** Servers of a kind of cluster that run now. */
  serversOf(kind: ClusterKind): readonly string[] {
    return [...this.ground.clusters].filter(([key]) => kindOf(key) === kind).map(([, { server }]) => server);
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    for (const provider of this.providers) {
      provider.clock.resume();
      provider.kill();
    }
    await this.clock.runUntil(this.ground.stop());
  }

  #provider(podName: string, { seed, replicas, metrics, work }: WorldOptions, selector?: string): Provider {
    return new Provider({
      podName,
      // In every second life the provider makes each pass, and watches whether one could have been spared wrongly.
      program: seed % 2 === 0 ? shipped : sleepless((violation) => this.#missed.push(violation)),
      simulation: this.ground,
      clock: this.clock,
      random: seededRandom(seed + 1),
      send: (from, server, request) => this.#send(from, server, request),
      metrics,
      leaderElect: replicas > 1,
      selector,
      work,
    });
  }

  #send(from: string, server: string, request: TransportRequest): Answer {
    const [cluster] = [...this.ground.clusters].find(([, one]) => one.server === server) ?? [];
    if (cluster === undefined) {
      this.requests += 1;
      return Promise.reject(networkError("ECONNREFUSED"));
    }
    return this.send({ from, cluster, request }, (exchange) => this.#deliver(exchange));
  }

  #deliver(exchange: Exchange): Answer {
    const cluster = this.ground.clusters.get(exchange.cluster);
    if (cluster === undefined) {
      return Promise.reject(networkError("ECONNREFUSED"));
    }
    const transport: SimTransport = (request) => {
      this.arrivals.forEach((tell) => tell(exchange));
      return cluster.transport(request);
    };
    return this.components.through(cluster.server, transport)(exchange.request);
  }
}
