import { startInProcessGround } from "../../ground/embedded/in-process-ground.ts";
import { seededRandom } from "../../ground/embedded/seeded-random.ts";
import type { SimCluster } from "../../ground/embedded/sim-cluster.ts";
import type { Simulation } from "../../ground/embedded/simulation.ts";
import { VirtualClock } from "../../sim/clock.ts";
import { fastTimings, recordedTimings } from "../../sim/flux/timings.ts";
import type { Obj } from "../../sim/object.ts";
import type { SimTransport } from "../../sim/transport.ts";
import type { TransportRequest } from "../../src/kube/transport.ts";
import type { Metrics } from "../../src/runtime/metrics.ts";
import { ocmCrd, providerConfigCrd } from "../../src/ocm/api/crds.generated.ts";
import { OCM_GROUP, OCM_VERSION } from "../../src/ocm/api/group.ts";
import { ocms } from "../../src/ocm/api/objects.ts";
import { ref } from "../support/kinds.ts";
import { providerConfig, PULL_SECRET, pullSecret } from "../support/world.ts";
import { Components, networkError } from "./components.ts";
import { type Answer, type Exchange, type Interference } from "./exchange.ts";
import { Provider, type Work } from "./provider.ts";
import type { ClusterKind } from "./faults.ts";

/** What a world is made of. */
export type WorldOptions = {
  readonly seed: number;
  readonly replicas: number;
  readonly tempo: "fast" | "recorded";
  readonly metrics: Metrics;
  /** How the providers do their work; the default is the shipped program's. */
  readonly work?: Work | undefined;
};

/** Told of each change of any object on any cluster, at the moment it is stored. */
export type Listener = (
  cluster: string,
  collection: string,
  change: { readonly object: Obj; readonly previous?: Obj; readonly type: string },
) => void;

const MANAGED_BY = "openmcp.cloud/managed-by";
const CONTROLLER = "ocm.services.openmcp.cloud";
const TIMINGS = { fast: fastTimings, recorded: recordedTimings };

type Revision = { readonly atMs: number; readonly revision: string };

/** Clusters, platform, Flux, registry and providers in this process, on a virtual clock. */
export class World {
  readonly clock: VirtualClock;
  readonly components: Components;
  readonly simulation: Simulation;
  readonly random: () => number;
  readonly providers: readonly Provider[];
  /** What lies between providers and clusters, the first is the nearest to the provider. */
  readonly interferences: Interference[] = [];
  readonly listeners: Listener[] = [];
  /** Told of each request at the moment a server gets it. */
  readonly arrivals: ((exchange: Exchange) => void)[] = [];
  /** Whether the life is over, after which nobody crashes any more. */
  isOver = false;
  /** How many requests have been sent. */
  requests = 0;
  readonly #followed = new Map<string, SimCluster>();
  readonly #revisions = new Map<string, Revision[]>();
  readonly #waits = new Set<() => void>();

  private constructor(
    options: WorldOptions,
    start: { clock: VirtualClock; components: Components; simulation: Simulation },
  ) {
    this.clock = start.clock;
    this.components = start.components;
    this.simulation = start.simulation;
    this.random = seededRandom(options.seed);
    this.providers = Array.from({ length: options.replicas }, (_, index) =>
      this.#provider(`sp-ocm-${index + 1}`, options),
    );
    this.followClusters();
  }

  /** Starts everything but the providers, with the operator's objects in place. */
  static async start(options: WorldOptions): Promise<World> {
    const clock = new VirtualClock({ quietTurns: 1 });
    const components = new Components();
    const between = (from: string, { server }: Pick<SimCluster, "server">, transport: SimTransport): SimTransport =>
      components.through(from, components.through(server, transport));
    const simulation = await clock.runUntil(
      startInProcessGround({ clock, seed: options.seed, between, fluxTimings: TIMINGS[options.tempo] }),
    );
    if (simulation === undefined) {
      throw new Error("expected a simulation");
    }
    const { platform, onboarding, charts } = simulation;
    await onboarding.client.create(ocmCrd);
    await platform.client.create(providerConfigCrd);
    await clock.advance(2000);
    const resources = [{ group: OCM_GROUP, version: OCM_VERSION, kind: ocms.kind }];
    await platform.client.status(ref("serviceProvider", "ocm"), { resources });
    await platform.client.create(pullSecret(charts.dockerConfigJson));
    await platform.client.create(providerConfig({ chartURL: charts.chartURL, imagePullSecret: { name: PULL_SECRET } }));
    return new World(options, { clock, components, simulation });
  }

  /** Follows clusters that are new. */
  followClusters(): void {
    for (const [key, cluster] of this.simulation.clusters) {
      if (this.#followed.get(key) !== cluster) {
        this.#followed.set(key, cluster);
        cluster.api.onChange(({ collection, change }) => this.#changed(key, collection, change));
      }
    }
  }

  /** Resolves as soon as `isMet`, which is asked after each change anywhere. */
  async until(isMet: () => boolean): Promise<void> {
    while (!isMet()) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waits.add(resolve);
      await promise;
    }
  }

  /** The stored object of an OCM or any other collection of a cluster. */
  peek(cluster: string, collection: string, key: string): Obj | undefined {
    return this.simulation.clusters.get(cluster)?.api.peek(collection, key);
  }

  /** Whether a collection has an object of the provider's in a namespace. */
  hasAny(cluster: string, collection: string, namespace: string): boolean {
    const objects = this.simulation.clusters.get(cluster)?.api.objects(collection) ?? [];
    return objects.some(
      ({ metadata }) => metadata.namespace === namespace && metadata.labels?.[MANAGED_BY] === CONTROLLER,
    );
  }

  /** The revision that a cluster's storage had at a time. */
  revisionAt(cluster: string, atMs: number): string {
    const revisions = this.#revisions.get(cluster) ?? [];
    return revisions.findLast((one) => one.atMs <= atMs)?.revision ?? revisions[0]?.revision ?? "0";
  }

  /** Servers of a kind of cluster that run now. */
  serversOf(kind: ClusterKind): readonly string[] {
    return [...this.simulation.clusters].filter(([key]) => kindOf(key) === kind).map(([, { server }]) => server);
  }

  /** Ends everything. */
  async stop(): Promise<void> {
    for (const provider of this.providers) {
      provider.clock.resume();
      provider.kill();
    }
    await this.clock.runUntil(this.simulation.stop());
  }

  #provider(podName: string, { seed, replicas, metrics, work }: WorldOptions): Provider {
    return new Provider({
      podName,
      simulation: this.simulation,
      clock: this.clock,
      random: seededRandom(seed + 1),
      send: (from, server, request) => this.#send(from, server, request),
      metrics,
      leaderElect: replicas > 1,
      work,
    });
  }

  #send(from: string, server: string, request: TransportRequest): Answer {
    this.requests += 1;
    const [cluster] = [...this.simulation.clusters].find(([, one]) => one.server === server) ?? [];
    if (cluster === undefined) {
      return Promise.reject(networkError("ECONNREFUSED"));
    }
    const exchange: Exchange = { request, cluster, kind: kindOf(cluster), number: this.requests, from };
    const send = this.interferences.reduceRight<(exchange: Exchange) => Answer>(
      (next, interference) => (passing) => interference(passing, next),
      (passing) => this.#deliver(passing),
    );
    return send(exchange);
  }

  #deliver(exchange: Exchange): Answer {
    const cluster = this.simulation.clusters.get(exchange.cluster);
    if (cluster === undefined) {
      return Promise.reject(networkError("ECONNREFUSED"));
    }
    const transport: SimTransport = (request) => {
      this.arrivals.forEach((tell) => tell(exchange));
      return cluster.transport(request);
    };
    return this.components.through(cluster.server, transport)(exchange.request);
  }

  #changed(
    cluster: string,
    collection: string,
    change: { readonly object: Obj; readonly previous?: Obj; readonly type: string },
  ): void {
    const revisions = this.#revisions.get(cluster) ?? [];
    revisions.push({ atMs: this.clock.now(), revision: change.object.metadata.resourceVersion ?? "0" });
    this.#revisions.set(cluster, revisions);
    this.listeners.forEach((listen) => listen(cluster, collection, change));
    const waits = [...this.#waits];
    this.#waits.clear();
    waits.forEach((wake) => wake());
  }
}

/** What kind of cluster a key stands for. */
export function kindOf(cluster: string): ClusterKind {
  return cluster === "platform" || cluster === "onboarding" ? cluster : "mcp";
}
