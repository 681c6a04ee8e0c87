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
import type { ChartSource, ControlPlaneRef } from "../ground.ts";
import { type Exposure, type SimCluster, startSimCluster } from "./sim-cluster.ts";
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
  const { clock, random, onError } = options;
  const stop = new AbortController();
  const { signal } = stop;
  const clusters = new Map<string, SimCluster>();
  const opening = new Map<string, Promise<SimCluster>>();
  const open = (key: string, name: string): Promise<SimCluster> => {
    const known = opening.get(key);
    const cluster = known ?? startSimCluster(name, { clock, random, expose });
    opening.set(key, cluster);
    return cluster.then((started) => {
      clusters.set(key, started);
      return started;
    });
  };
  const platform = await open("platform", "platform");
  const onboarding = await open("onboarding", "onboarding");
  const { serviceProviderStatus = "present" } = options;
  await seedPlatform({ platform: platform.client, clock, serviceProviderStatus });

  const registry = fillRegistry(clock);
  startFlux({
    client: platform.client,
    connect: (kubeconfig) => connect([...clusters.values()], kubeconfig, clock),
    registry,
    clock,
    signal,
    ...(options.fluxTimings !== undefined && { timings: options.fluxTimings }),
    ...(onError !== undefined && { onError }),
  });
  const platformStandIn = startPlatform({
    platform: platform.client,
    clusterFor: (purpose, { metadata }) =>
      purpose === "mcp" ? open(metadata.namespace ?? "", metadata.name) : open(purpose, purpose),
    clock,
    random,
    signal,
    ...(options.tokenLifetimeMs !== undefined && { tokenLifetimeMs: options.tokenLifetimeMs }),
    ...(options.decide !== undefined && { decide: options.decide }),
    ...(onError !== undefined && { onError }),
  });
  const context = { platform: platform.client, onboarding: onboarding.client, clock };
  return {
    platform,
    onboarding,
    charts: chartSource(),
    registry,
    platformStandIn,
    clusters,
    orderControlPlane: async (ref) => {
      await orderControlPlane(context, ref);
      return open(tenantNamespace(ref), ref.name);
    },
    removeControlPlane: async (ref) => {
      await removeControlPlane(context, ref);
      const key = tenantNamespace(ref);
      await clusters.get(key)?.close();
      clusters.delete(key);
      opening.delete(key);
    },
    stop: async () => {
      stop.abort();
      await Promise.all([...clusters.values()].map((cluster) => cluster.close()));
    },
  };
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
