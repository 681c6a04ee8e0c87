import { gunzipSync, gzipSync } from "node:zlib";
import { systemSimClock } from "../../sim/clock.ts";
import type { PlatformRelease } from "../../sim/platform/install-crds.ts";
import { seedPlatform } from "../../sim/platform/seed.ts";
import type { SeedOptions } from "../../sim/platform/seed.ts";
import { packChart } from "../chart/pack-chart.ts";
import type { Ground } from "../ground.ts";
import type { RealApiServer } from "./api-server.ts";
import { groundBinaries } from "./binary.ts";
import { ControlPlanes } from "./control-planes.ts";
import type { Etcd } from "./etcd.ts";
import type { Flux } from "./flux.ts";
import { type GroundPrograms, type ProgramsKind, type ProgramsOptions, startPrograms } from "./ground-programs.ts";
import { clusterWithoutPods } from "./kubernetes-controllers.ts";
import { type PlayedClusters, playPlatform, type PlayedPlatformOptions } from "./played-platform.ts";
import type { Registry } from "./registry.ts";
import type { Stoppable } from "./start-together.ts";

/** How to start a real ground. */
export type RealGroundOptions = ProgramsOptions & {
  /** Life of the tokens in kubeconfigs, in ms. Default 30 days. */
  readonly tokenLifetimeMs?: number;
  /** At what age tokens are renewed at the latest, in ms. Default: after 80 % of their life. */
  readonly renewTokensAfterMs?: number;
  /** The platform's answer to each ClusterRequest and AccessRequest. Default: granted. */
  readonly decide?: PlayedPlatformOptions["decide"];
  /** Default: the address of the cluster itself. */
  readonly route?: PlayedPlatformOptions["route"];
  /** Of which release the platform's CRDs are. Default: the newest. */
  readonly platformRelease?: PlatformRelease;
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

/** Who is the platform on a real ground. */
export type PlatformPart = Pick<Ground, "orderControlPlane" | "removeControlPlane"> & Stoppable;

/** How a ground gets its platform. */
export type PlatformKind = ProgramsKind & { start(clusters: PlatformClusters): Promise<PlatformPart> };

/** What a platform works on. */
export type PlatformClusters = PlayedClusters &
  Pick<ProgramsOptions, "onProgress" | "signal"> & { readonly folder: string };

/** Starts etcd, the API servers of platform and onboarding, Flux and a registry, building what is missing. */
export function startRealGround(options: RealGroundOptions = {}): Promise<RealGround> {
  return startGround(options, {
    ...playedPlatformKind(options),
    start: (clusters) => Promise.resolve(playPlatform(clusters, options)),
  });
}

/** What a played platform wants of its clusters. */
export function playedPlatformKind(
  options: Pick<RealGroundOptions, "serviceProviderStatus" | "platformRelease"> = {},
): ProgramsKind {
  return {
    binaries: groundBinaries,
    controllers: clusterWithoutPods,
    seed: (platform) => seedPlatform({ ...options, platform, clock: systemSimClock }),
  };
}

/** Starts a real ground with a platform of any kind. */
export async function startGround(options: RealGroundOptions, kind: PlatformKind): Promise<RealGround> {
  const programs = await startPrograms(options, kind);
  const { folder } = programs;
  return openGround(programs, (clusters) => kind.start({ ...options, folder, ...clusters }));
}

/** Makes a ground of programs that run, and stops them with it. */
export async function openGround(
  programs: GroundPrograms,
  startPart: (clusters: PlayedClusters) => Promise<PlatformPart>,
): Promise<RealGround> {
  await using starting = new AsyncDisposableStack();
  starting.defer(() => programs.stop());
  const { folder, etcd, platform, onboarding, flux, registry } = programs;
  const controlPlanes = new ControlPlanes((name) => programs.startCluster(name));
  const part = await startPart({ platform, onboarding, controlPlanes });
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
): Pick<
  Ground,
  "requests" | "crash" | "revive" | "signChart" | "moveTag" | "tagChart" | "crashRegistry" | "reviveRegistry"
> {
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
    moveTag: async (version) => {
      const { archive, ...chart } = await packChart(version);
      await registry.publish(version, { ...chart, archive: gzipSync(gunzipSync(archive), { level: 1 }) });
    },
    tagChart: async (version, tag) => {
      await registry.publish(tag, await packChart(version));
    },
    crashRegistry: () => registry.kill(),
    reviveRegistry: () => registry.restart(),
  };
}
