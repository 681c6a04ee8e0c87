import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SimClient } from "../../sim/client.ts";
import { systemSimClock } from "../../sim/clock.ts";
import { seedPlatform } from "../../sim/platform/seed.ts";
import type { SeedOptions } from "../../sim/platform/seed.ts";
import type { Ground } from "../ground.ts";
import { startApiServer } from "./api-server.ts";
import type { RealApiServer } from "./api-server.ts";
import { type BinaryName, groundBinaries } from "./binary.ts";
import { ControlPlanes } from "./control-planes.ts";
import { connectAsAdmin } from "./connect-as-admin.ts";
import { ensureBinaries } from "./ensure-binaries.ts";
import { startEtcd } from "./etcd.ts";
import type { Etcd } from "./etcd.ts";
import { startFlux } from "./flux.ts";
import type { Flux } from "./flux.ts";
import { clusterWithoutPods, startControllerManager } from "./kubernetes-controllers.ts";
import { type PlayedClusters, playPlatform, type PlayedPlatformOptions } from "./played-platform.ts";
import { startRegistry } from "./registry.ts";
import type { Registry } from "./registry.ts";
import { startTogether, type Stoppable, stopTogether } from "./start-together.ts";

/** How to start a real ground. */
export type RealGroundOptions = {
  /** Default: a new folder among the system's temporary ones. */
  readonly folder?: string;
  /** Leaves the folder behind on `stop`. */
  readonly keep?: boolean;
  readonly onProgress?: (line: string) => void;
  /** Ends the start; a ground that has started is stopped by `stop` only. */
  readonly signal?: AbortSignal;
  /** Without Flux (`false`) nothing is ever installed on control planes. Default true. */
  readonly flux?: boolean;
  /** Life of the tokens in kubeconfigs, in ms. Default 30 days. */
  readonly tokenLifetimeMs?: number;
  /** The platform's answer to each ClusterRequest and AccessRequest. Default: granted. */
  readonly decide?: PlayedPlatformOptions["decide"];
  /** Default: the address of the cluster itself. */
  readonly route?: PlayedPlatformOptions["route"];
} & Pick<SeedOptions, "serviceProviderStatus">;

/** A ground of real programs, with handles for faults. */
export type RealGround = Ground & {
  readonly kind: "real";
  readonly etcd: Etcd;
  readonly servers: { readonly platform: RealApiServer; readonly onboarding: RealApiServer };
  /** API servers of the control planes that run. */
  readonly controlPlanes: Pick<ControlPlanes, "find">;
  readonly flux: Flux | undefined;
  readonly registry: Registry;
};

type Common = Pick<RealGroundOptions, "onProgress" | "signal"> & { readonly folder: string };

/** Who is the platform on a real ground. */
export type PlatformPart = Pick<Ground, "orderControlPlane" | "removeControlPlane"> & Stoppable;

/** How a ground gets its platform. */
export type PlatformKind = {
  readonly binaries: readonly BinaryName[];
  /** Controllers that run on the platform cluster. */
  readonly controllers: readonly string[];
  /** Brings an empty platform cluster to where controllers are started. */
  seed(platform: SimClient): Promise<void>;
  start(clusters: PlatformClusters): Promise<PlatformPart>;
};

/** What a platform works on. */
export type PlatformClusters = PlayedClusters & Common;

/** Starts etcd, the API servers of platform and onboarding, Flux and a registry, building what is missing. */
export function startRealGround(options: RealGroundOptions = {}): Promise<RealGround> {
  return startGround(options, {
    binaries: groundBinaries,
    controllers: clusterWithoutPods,
    seed: (platform) => seedPlatform({ ...options, platform, clock: systemSimClock }),
    start: (clusters) => Promise.resolve(playPlatform(clusters, options)),
  });
}

/** Starts a real ground with a platform of any kind. */
export async function startGround(options: RealGroundOptions, kind: PlatformKind): Promise<RealGround> {
  await ensureBinaries(kind.binaries, options);
  await using starting = new AsyncDisposableStack();
  const folder = await makeFolder(options, starting);
  const common: Common = { ...options, folder };
  const report = options.onProgress ?? (() => undefined);

  report("starting etcd, kube-apiserver for platform and onboarding, registry");
  const etcd = await startEtcd(common);
  starting.defer(() => etcd.stop());
  const [platform, onboarding, registry] = await startServers({ ...common, etcd }, starting);

  report("starting controllers");
  await kind.seed(connectAsAdmin(platform));
  const flux = await startControllers(
    { ...common, platform, onboarding, withFlux: options.flux ?? true, platformControllers: kind.controllers },
    starting,
  );
  const controlPlanes = new ControlPlanes({ folder, etcd });
  starting.defer(() => controlPlanes.stopAll());
  const part = await kind.start({ ...common, platform, onboarding, controlPlanes });
  starting.defer(() => part.stop());

  const running = starting.move();
  let stopping: Promise<void> | undefined;
  return {
    kind: "real",
    folder,
    platform,
    onboarding,
    charts: registry.charts,
    etcd,
    servers: { platform, onboarding },
    controlPlanes,
    flux,
    registry,
    orderControlPlane: (ref) => part.orderControlPlane(ref),
    removeControlPlane: (ref) => part.removeControlPlane(ref),
    ...handlesOf([platform, onboarding], controlPlanes, registry),
    stop: () => (stopping ??= running.disposeAsync()),
  };
}

function handlesOf(
  servers: readonly RealApiServer[],
  controlPlanes: ControlPlanes,
  registry: Registry,
): Pick<Ground, "requests" | "crash" | "revive" | "signChart" | "crashRegistry" | "reviveRegistry"> {
  const serverAt = (url: string): RealApiServer => {
    const found = servers.find(({ server }) => server === url) ?? controlPlanes.at(url);
    if (found === undefined) {
      throw new Error(`expected a cluster of this ground, found ${url}`);
    }
    return found;
  };
  return {
    requests: ({ server }) => serverAt(server).requests(),
    crash: ({ server }) => serverAt(server).kill(),
    revive: ({ server }) => serverAt(server).restart(),
    signChart: (version, privateKey) => registry.sign(version, privateKey),
    crashRegistry: () => registry.kill(),
    reviveRegistry: () => registry.revive(),
  };
}

async function makeFolder({ folder, keep }: RealGroundOptions, starting: AsyncDisposableStack): Promise<string> {
  const path = folder ?? (await mkdtemp(join(tmpdir(), "service-provider-ocm-")));
  await mkdir(path, { recursive: true });
  if (keep !== true) {
    starting.defer(() => rm(path, { recursive: true, force: true }));
  }
  return path;
}

async function startServers(
  common: Common & { readonly etcd: Etcd },
  starting: AsyncDisposableStack,
): Promise<readonly [platform: RealApiServer, onboarding: RealApiServer, registry: Registry]> {
  const servers = await startTogether([
    startApiServer({ ...common, name: "platform" }),
    startApiServer({ ...common, name: "onboarding" }),
    startRegistry(common),
  ]);
  starting.defer(() => stopTogether(servers));
  return servers;
}

// The garbage collector learns of kinds when it starts and rarely afterwards: the platform's CRDs have to be there.
async function startControllers(
  options: Common & {
    readonly platform: RealApiServer;
    readonly onboarding: RealApiServer;
    readonly withFlux: boolean;
    readonly platformControllers: readonly string[];
  },
  starting: AsyncDisposableStack,
): Promise<Flux | undefined> {
  const { platform, onboarding, platformControllers } = options;
  const managers = await startTogether([
    startControllerManager({ ...options, id: platform.name, cluster: platform, controllers: platformControllers }),
    startControllerManager({ ...options, id: onboarding.name, cluster: onboarding, controllers: clusterWithoutPods }),
  ]);
  starting.defer(() => stopTogether(managers));
  if (!options.withFlux) {
    return undefined;
  }
  const flux = await startFlux({ ...options, cluster: options.platform });
  starting.defer(() => flux.stop());
  return flux;
}
