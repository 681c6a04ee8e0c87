import { load } from "js-yaml";

import { SimClient } from "../../sim/client.ts";
import type { SimClock } from "../../sim/clock.ts";
import { ChartRegistry, dockerConfigJson } from "../../sim/flux/chart-registry.ts";
import { startFlux } from "../../sim/flux/start-flux.ts";
import type { FluxTimings } from "../../sim/flux/timings.ts";
import { toolkitChart } from "../../sim/flux/toolkit-chart.ts";
import type { Obj } from "../../sim/object.ts";
import { orderControlPlane, removeControlPlane } from "../../sim/platform/control-plane.ts";
import type { Decision } from "../../sim/platform/platform-context.ts";
import { seedPlatform } from "../../sim/platform/seed.ts";
import { type PlatformStandIn, startPlatform } from "../../sim/platform/start-platform.ts";
import { tenantNamespace } from "../../sim/platform/tenant-namespace.ts";
import { listAt, textAt } from "../../sim/value-at.ts";
import type { ChartSource, ControlPlaneRef, Route } from "../ground.ts";
import type { Exposure, SimCluster } from "./sim-cluster.ts";
import { SimClusters } from "./sim-clusters.ts";
import type { ApiServer } from "../../sim/apiserver/api-server.ts";

/** What can be chosen about a simulated set of clusters. */
export type SimulationOptions = {
  readonly clock: SimClock;
  /** Numbers in [0, 1); decides UIDs, tokens and generated names. */
  readonly random: () => number;
  /** How long the tokens in kubeconfigs live, at least a second. Default: 30 days. */
  readonly tokenLifetimeMs?: number | undefined;
  readonly fluxTimings?: FluxTimings | undefined;
  /** The platform's answer to each ClusterRequest and AccessRequest. Default: granted. */
  readonly decide?: ((request: Obj) => Decision | Promise<Decision>) | undefined;
  /** Default: the address of the cluster itself. */
  readonly route?: Route | undefined;
  /** Default: present. */
  readonly serviceProviderStatus?: "present" | "absent" | undefined;
  /** Told about every reconcile of a stand-in that threw. */
  readonly onError?: ((key: string, error: unknown) => void) | undefined;
};

/** A set of clusters in memory with everything that the provider relies on. */
export type Simulation = {
  readonly platform: SimCluster;
  readonly onboarding: SimCluster;
  readonly charts: ChartSource;
  readonly registry: ChartRegistry;
  readonly platformStandIn: PlatformStandIn;
  /** All running clusters: `platform`, `onboarding`, and each control plane under its tenant namespace. */
  readonly clusters: ReadonlyMap<string, SimCluster>;
  orderControlPlane(ref: ControlPlaneRef): Promise<SimCluster>;
  removeControlPlane(ref: ControlPlaneRef): Promise<void>;
  stop(): Promise<void>;
};

const CHART_URL = "oci://registry.example.com/ocm/chart";
const VERSIONS = ["0.4.0", "0.5.0"] as const;
const LOGIN = { username: "puller", password: "correct horse" };

/** Starts clusters, the platform's stand-in and Flux's stand-ins. `expose` decides how they are reached. */
export async function startSimulation(
  options: SimulationOptions,
  expose: (name: string, api: ApiServer) => Promise<Exposure>,
): Promise<Simulation> {
  const { clock, random, serviceProviderStatus = "present" } = options;
  const stop = new AbortController();
  const clusters = new SimClusters({ clock, random, expose });
  const platform = await clusters.open("platform", "platform");
  const onboarding = await clusters.open("onboarding", "onboarding");
  await seedPlatform({ platform: platform.client, clock, serviceProviderStatus });
  const registry = fillRegistry(clock);
  const platformStandIn = startStandIns({ options, clusters, registry, platform, signal: stop.signal });
  const context = { platform: platform.client, onboarding: onboarding.client, clock };
  return {
    platform,
    onboarding,
    charts: chartSource(),
    registry,
    platformStandIn,
    clusters: clusters.running,
    orderControlPlane: async (ref) => {
      await orderControlPlane(context, ref);
      return clusters.open(tenantNamespace(ref), ref.name);
    },
    removeControlPlane: async (ref) => {
      await removeControlPlane(context, ref);
      await clusters.close(tenantNamespace(ref));
    },
    stop: async () => {
      stop.abort();
      await clusters.closeAll();
    },
  };
}

type Cast = {
  readonly options: SimulationOptions;
  readonly clusters: SimClusters;
  readonly registry: ChartRegistry;
  readonly platform: SimCluster;
  readonly signal: AbortSignal;
};

function startStandIns({ options, clusters, registry, platform, signal }: Cast): PlatformStandIn {
  const { clock, random, fluxTimings, tokenLifetimeMs, decide, onError, route } = options;
  const shared = { clock, signal, ...(onError !== undefined && { onError }) };
  startFlux({
    ...shared,
    client: platform.client,
    connect: (kubeconfig) => connect([...clusters.running.values()], kubeconfig, clock),
    registry,
    ...(fluxTimings !== undefined && { timings: fluxTimings }),
  });
  return startPlatform({
    ...shared,
    random,
    platform: platform.client,
    clusterFor: async (purpose, { metadata }) => {
      const [key, name] = purpose === "mcp" ? [metadata.namespace ?? "", metadata.name] : [purpose, purpose];
      const cluster = await clusters.open(key, name);
      return route === undefined ? cluster : { client: cluster.client, ...(await route(purpose, cluster)) };
    },
    ...(tokenLifetimeMs !== undefined && { tokenLifetimeMs }),
    ...(decide !== undefined && { decide }),
  });
}

function fillRegistry(clock: SimClock): ChartRegistry {
  const registry = new ChartRegistry({ clock, login: LOGIN });
  for (const version of VERSIONS) {
    registry.push(CHART_URL, version, toolkitChart(version));
  }
  return registry;
}

function chartSource(): ChartSource {
  return {
    chartURL: CHART_URL,
    versions: VERSIONS,
    dockerConfigJson: dockerConfigJson(CHART_URL, LOGIN),
    wrongDockerConfigJson: dockerConfigJson(CHART_URL, { ...LOGIN, password: "wrong" }),
  };
}

/** Reads a kubeconfig with one cluster and one user, and reaches that cluster with that user's token. */
function connect(clusters: readonly SimCluster[], kubeconfig: string, clock: SimClock): SimClient {
  const config = load(kubeconfig);
  const server = textAt(listAt(config, "clusters")[0], "cluster", "server");
  const token = textAt(listAt(config, "users")[0], "user", "token");
  const cluster = clusters.find((one) => one.server === server);
  if (cluster === undefined) {
    throw new Error(`dial ${server}: connection refused`);
  }
  return new SimClient(cluster.transport, { token, clock, fieldManager: "helm-controller-stand-in" });
}
