import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ApiServer } from "../../sim/apiserver/api-server.ts";
import { type Certificate, createCertificate } from "../../sim/certificate.ts";
import { systemSimClock } from "../../sim/clock.ts";
import type { ChartRegistry } from "../../sim/flux/chart-registry.ts";
import { httpTransport } from "../../sim/http-transport.ts";
import type { PlatformStandIn } from "../../sim/platform/start-platform.ts";
import { signManifest } from "../chart/sign-manifest.ts";
import type { Ground, GroundCluster } from "../ground.ts";
import { type Front, openFront } from "./front.ts";
import { openRegistryFront } from "./registry-front.ts";
import { seededRandom } from "./seeded-random.ts";
import type { Exposure, SimCluster } from "./sim-cluster.ts";
import { type Simulation, type SimulationOptions, startSimulation } from "./simulation.ts";

/** What can be chosen about the embedded ground; everything has a default. */
export type EmbeddedGroundOptions = Partial<Omit<SimulationOptions, "clock" | "random">> & {
  /** Default: a new one in the system's folder for temporary files. */
  readonly folder?: string;
  /** How long after an answer to a write the watches hear of it. Default: 10 ms. */
  readonly watchDelayMs?: number;
  /** Leaves the folder behind. */
  readonly keep?: boolean;
  /** Decides UIDs and tokens. Default: another one each time. */
  readonly seed?: number;
};

/** As much as shows whoever relies on news right behind an answer, and little enough for people who wait. */
const WATCH_DELAY_MS = 10;

/** A ground whose clusters live in this process and listen on loopback, with what tests like to reach for. */
export type EmbeddedGround = Ground & {
  readonly kind: "embedded";
  /** Running clusters: `platform`, `onboarding`, each control plane under its tenant namespace. */
  readonly clusters: ReadonlyMap<string, SimCluster>;
  readonly registry: ChartRegistry;
  readonly platformStandIn: PlatformStandIn;
};

/** Starts a ground in this process: API servers over HTTPS, the platform and Flux played by stand-ins. */
export async function startEmbeddedGround(options: EmbeddedGroundOptions = {}): Promise<EmbeddedGround> {
  const { folder: wanted, keep = false, seed = Math.random() * 2 ** 32, ...choices } = options;
  const folder = wanted ?? (await mkdtemp(join(tmpdir(), "ocm-embedded-")));
  await mkdir(folder, { recursive: true });
  const certificate = await createCertificate();
  const fronts = new Map<string, Front>();
  const registryFront = await openRegistryFront();
  const { host: registryHost } = registryFront;
  const simulation = await startSimulation(
    { watchDelayMs: WATCH_DELAY_MS, registryHost, ...choices, clock: systemSimClock, random: seededRandom(seed) },
    (_name, api) => exposeThrough(fronts, api, certificate),
  );
  registryFront.serve(simulation.registry);
  let stopping: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    await Promise.all([simulation.stop(), registryFront.close()]);
    if (!keep) {
      await rm(folder, { recursive: true, force: true });
    }
  };
  return {
    kind: "embedded",
    folder,
    platform: await describe(folder, simulation.platform),
    onboarding: await describe(folder, simulation.onboarding),
    ...handlesOf(simulation),
    orderControlPlane: async (ref) => describe(folder, await simulation.orderControlPlane(ref)),
    requests: ({ server }) => Promise.resolve([...frontAt(fronts, server).requests]),
    crash: ({ server }) => frontAt(fronts, server).crash(),
    revive: ({ server }) => frontAt(fronts, server).revive(),
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

function handlesOf(
  simulation: Simulation,
): Omit<
  EmbeddedGround,
  "kind" | "folder" | "platform" | "onboarding" | "orderControlPlane" | "requests" | "crash" | "revive" | "stop"
> {
  const { charts, registry, clusters, platformStandIn } = simulation;
  const { chartURL } = charts;
  const tagChart: Ground["tagChart"] = (version, tag) => {
    registry.push(chartURL, tag, registry.find(chartURL, { tag: version }).chart);
    return Promise.resolve();
  };
  return {
    charts,
    registry,
    clusters,
    platformStandIn,
    removeControlPlane: (ref) => simulation.removeControlPlane(ref),
    signChart: (version, privateKey) => {
      const { manifestDigest } = registry.find(chartURL, { tag: version });
      return Promise.resolve(registry.sign(manifestDigest, signManifest(manifestDigest, privateKey)));
    },
    moveTag: (version) => tagChart(version, version),
    tagChart,
    crashRegistry: () => Promise.resolve(registry.setDown(true)),
    reviveRegistry: () => Promise.resolve(registry.setDown(false)),
  };
}

async function exposeThrough(fronts: Map<string, Front>, api: ApiServer, certificate: Certificate): Promise<Exposure> {
  const front = await openFront(api, certificate);
  fronts.set(front.url, front);
  const transport = httpTransport({ url: front.url, caPem: certificate.caPem });
  const close = async (): Promise<void> => {
    transport.close();
    await front.close();
  };
  return { server: front.url, caPem: certificate.caPem, transport, close };
}

function frontAt(fronts: ReadonlyMap<string, Front>, server: string): Front {
  const front = fronts.get(server);
  if (front === undefined) {
    throw new Error(`expected a cluster of this ground, found ${server}`);
  }
  return front;
}

async function describe(folder: string, { name, server, kubeconfig }: SimCluster): Promise<GroundCluster> {
  // Names of control planes may be long and the same in two namespaces; ports are not.
  const kubeconfigPath = join(folder, `${name.slice(0, 40)}-${new URL(server).port}.kubeconfig`);
  await writeFile(kubeconfigPath, kubeconfig, { mode: 0o600 });
  return { name, server, kubeconfig, kubeconfigPath };
}
