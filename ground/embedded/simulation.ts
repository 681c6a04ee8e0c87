import { load } from "js-yaml";

import { SimClient } from "../../sim/client.ts";
import type { SimClock } from "../../sim/clock.ts";
import { ChartRegistry, dockerConfigJson } from "../../sim/flux/chart-registry.ts";
import { startFlux } from "../../sim/flux/start-flux.ts";
import type { FluxTimings } from "../../sim/flux/timings.ts";
import { toolkitChart } from "../../sim/flux/toolkit-chart.ts";
import type { Obj } from "../../sim/object.ts";
import type { SimTransport } from "../../sim/transport.ts";
import { orderControlPlane, removeControlPlane } from "../../sim/platform/control-plane.ts";
import type { Decision } from "../../sim/platform/platform-context.ts";
import { platformCRDs, type PlatformRelease } from "../../sim/platform/install-crds.ts";
import { seedServed } from "../../sim/platform/seed.ts";
import { type PlatformStandIn, startPlatform } from "../../sim/platform/start-platform.ts";
import { tenantNamespace } from "../../sim/platform/tenant-namespace.ts";
import { listAt, textAt } from "../../sim/value-at.ts";
import { chartVersions } from "../chart/versions.ts";
import type { ChartSource, ControlPlaneRef, Route } from "../ground.ts";
import type { Exposure, SimCluster } from "./sim-cluster.ts";
import { SimClusters } from "./sim-clusters.ts";
import type { ApiServer } from "../../sim/apiserver/api-server.ts";

/** Who plays the platform and Flux. */
export type StandIn = "platform operator" | "source-controller" | "helm-controller";

/** What can be chosen about a simulated set of clusters. */
export type SimulationOptions = {
  readonly clock: SimClock;
  /** Numbers in [0, 1); decides UIDs, tokens and generated names. */
  readonly random: () => number;
  /** How long after an answer to a write the watches of all clusters hear of it. Default: 30 ms. */
  readonly watchDelayMs?: number | undefined;
  /** How long the tokens in kubeconfigs live, at least a second. Default: 30 days. */
  readonly tokenLifetimeMs?: number | undefined;
  readonly fluxTimings?: FluxTimings | undefined;
  /** Whether helm-controller has the feature gate `DisableChartDigestTracking`. */
  readonly disablesChartDigestTracking?: boolean | undefined;
  /** The platform's answer to each ClusterRequest and AccessRequest. Default: granted. */
  readonly decide?: ((request: Obj) => Decision | Promise<Decision>) | undefined;
  /** Default: the address of the cluster itself. */
  readonly route?: Route | undefined;
  /** Default: present. `"no ServiceProvider"` leaves the object itself out. */
  readonly serviceProviderStatus?: "present" | "absent" | "no ServiceProvider" | undefined;
  /** URL under which everyone may pull the chart, in these versions. Default: nobody without the login. */
  readonly publicChart?: { readonly url: string; readonly versions: readonly string[] } | undefined;
  /** Puts something between a stand-in and a cluster. Default: nothing. */
  readonly between?:
    | ((from: StandIn, cluster: Pick<SimCluster, "server">, transport: SimTransport) => SimTransport)
    | undefined;
  /** Host of the chart registry, where it can be reached by plain HTTP. Default: a name that nobody has. */
  readonly registryHost?: string | undefined;
  /** Name of the ServiceProvider. Default: `ocm`. */
  readonly providerName?: string;
  /** Of which release the platform's CRDs are. Default: the newest. */
  readonly platformRelease?: PlatformRelease | undefined;
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

const REGISTRY_HOST = "registry.example.com";
const LOGIN = { username: "puller", password: "correct horse" };

/** Starts clusters, the platform's stand-in and Flux's stand-ins. `expose` decides how they are reached. */
export async function startSimulation(
  options: SimulationOptions,
  expose: (name: string, api: ApiServer) => Promise<Exposure>,
): Promise<Simulation> {
  const { clock, random, watchDelayMs, serviceProviderStatus = "present", platformRelease } = options;
  const stop = new AbortController();
  const clusters = new SimClusters({ clock, random, watchDelayMs, expose });
  const platform = await clusters.open("platform", "platform");
  const onboarding = await clusters.open("onboarding", "onboarding");
  platform.api.install(platformCRDs(platformRelease));
  const { providerName = "ocm" } = options;
  await seedServed({ platform: platform.client, clock, serviceProviderStatus, providerName });
  const chartURL = `oci://${options.registryHost ?? REGISTRY_HOST}/ocm/chart`;
  const registry = fillRegistry(chartURL, options);
  const platformStandIn = startStandIns({ options, clusters, registry, platform, signal: stop.signal });
  const context = { platform: platform.client, onboarding: onboarding.client, clock, signal: stop.signal };
  return {
    platform,
    onboarding,
    charts: chartSource(chartURL),
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
  const { clock, random, fluxTimings, disablesChartDigestTracking, tokenLifetimeMs, decide, onError, route } = options;
  const shared = { clock, signal, ...(onError !== undefined && { onError }) };
  const { clientOf, clientOfUser } = clientsOf(options);
  startFlux({
    ...shared,
    client: clientOf("source-controller", platform),
    releaseClient: clientOf("helm-controller", platform),
    connect: (kubeconfig) => {
      const { cluster, token } = find([...clusters.running.values()], kubeconfig);
      return clientOfUser("helm-controller", cluster, token);
    },
    registry,
    disablesChartDigestTracking,
    ...(fluxTimings !== undefined && { timings: fluxTimings }),
  });
  return startPlatform({
    ...shared,
    random,
    platform: clientOf("platform operator", platform),
    clusterFor: async (purpose, { metadata }) => {
      const [key, name] = purpose === "mcp" ? [metadata.namespace ?? "", metadata.name] : [purpose, purpose];
      const cluster = await clusters.open(key, name);
      const address = route === undefined ? cluster : await route(purpose, cluster);
      return { ...address, client: clientOf("platform operator", cluster) };
    },
    ...(tokenLifetimeMs !== undefined && { tokenLifetimeMs }),
    ...(decide !== undefined && { decide }),
  });
}

function fillRegistry(chartURL: string, { clock, publicChart, registryHost }: SimulationOptions): ChartRegistry {
  const registry = new ChartRegistry({
    clock,
    login: LOGIN,
    plainHTTP: registryHost !== undefined,
    ...(publicChart && { publicURL: publicChart.url }),
  });
  for (const version of publicChart?.versions ?? []) {
    registry.push(publicChart?.url ?? "", version, toolkitChart(version));
  }
  for (const version of chartVersions) {
    registry.push(chartURL, version, toolkitChart(version));
  }
  return registry;
}

function chartSource(chartURL: string): ChartSource {
  return {
    chartURL,
    versions: chartVersions,
    dockerConfigJson: dockerConfigJson(chartURL, LOGIN),
    wrongDockerConfigJson: dockerConfigJson(chartURL, { ...LOGIN, password: "wrong" }),
  };
}

/** Reads a kubeconfig with one cluster and one user: which of the running clusters is meant, and by which token. */
function find(
  clusters: readonly SimCluster[],
  kubeconfig: string,
): { readonly cluster: SimCluster; readonly token: string } {
  const config = load(kubeconfig);
  const server = textAt(listAt(config, "clusters")[0], "cluster", "server");
  const token = textAt(listAt(config, "users")[0], "user", "token");
  const cluster = clusters.find((one) => one.server === server);
  if (cluster === undefined) {
    throw new Error(`dial ${server}: connection refused`);
  }
  return { cluster, token };
}

type Clients = {
  readonly clientOf: (from: StandIn, cluster: SimCluster) => SimClient;
  readonly clientOfUser: (from: StandIn, cluster: SimCluster, token: string) => SimClient;
};

// There is one client for each way to a server; what it serves they find out together.
function clientsOf({ clock, between }: SimulationOptions): Clients {
  const known = new Map<string, SimClient>();
  const keep = (way: string, make: () => SimClient): SimClient => {
    const client = known.get(way) ?? make();
    known.set(way, client);
    return client;
  };
  return {
    clientOf: (from, cluster) =>
      between === undefined
        ? cluster.client
        : keep(`${from} ${cluster.server}`, () => {
            const { api } = cluster;
            const transport = between(from, cluster, (request) => api.handle(request));
            const { paths } = cluster.client;
            return new SimClient(transport, { token: api.adminToken, clock, fieldManager: "stand-in", paths });
          }),
    clientOfUser: (from, cluster, token) =>
      keep(`${from} ${cluster.server} ${token}`, () => {
        const transport = between?.(from, cluster, cluster.transport) ?? cluster.transport;
        const { paths } = cluster.client;
        return new SimClient(transport, { token, clock, fieldManager: `${from}-stand-in`, paths });
      }),
  };
}
