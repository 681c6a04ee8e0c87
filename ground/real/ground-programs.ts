import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SimClient } from "../../sim/client.ts";
import { type OwnApiServer, type RealApiServer, startApiServer } from "./api-server.ts";
import type { BinaryName } from "./binary.ts";
import { type ClusterWithPods, type OwnClusterWithPods, startClusterWithPods } from "./cluster-with-pods.ts";
import { connectAsAdmin } from "./connect-as-admin.ts";
import { ensureBinaries } from "./ensure-binaries.ts";
import { type Etcd, type OwnEtcd, startEtcd } from "./etcd.ts";
import { type Flux, startFlux } from "./flux.ts";
import { clusterWithoutPods, startControllerManager } from "./kubernetes-controllers.ts";
import { type OwnRegistry, type Registry, startRegistry } from "./registry.ts";
import type { OwnRestartableProcess } from "./restartable-process.ts";
import { startTogether, type Stoppable, stopTogether } from "./start-together.ts";
import { Turns } from "./turns.ts";

/** The programs of a ground: everything that runs there but the platform's part. */
export type GroundPrograms = Stoppable & {
  readonly folder: string;
  readonly etcd: Etcd;
  readonly platform: RealApiServer;
  readonly onboarding: RealApiServer;
  readonly flux: Flux | undefined;
  readonly registry: Registry;
  /** Starts a cluster for pods under a name that no other has had here. It is stopped with the others at the latest. */
  startCluster(name: string): Promise<ClusterWithPods>;
};

/** How programs are started. */
export type ProgramsOptions = {
  /** Default: a new folder among the system's temporary ones. */
  readonly folder?: string;
  /** Leaves the folder behind on `stop`. */
  readonly keep?: boolean;
  readonly onProgress?: (line: string) => void;
  /** Ends the start; what has started is stopped by `stop` only. */
  readonly signal?: AbortSignal;
  /** Without Flux (`false`) nothing is ever installed on control planes. Default true. */
  readonly flux?: boolean;
  /** Whether helm-controller has the feature gate `DisableChartDigestTracking`. */
  readonly disablesChartDigestTracking?: boolean;
};

/** What a platform wants of the clusters that it works on. */
export type ProgramsKind = {
  readonly binaries: readonly BinaryName[];
  /** Controllers that run on the platform cluster. */
  readonly controllers: readonly string[];
  /** Brings an empty platform cluster to where controllers are started. */
  seed(platform: SimClient): Promise<void>;
};

// Each keeps a processor busy for seconds. All at once, none of those that many ask for would be there in time.
const STARTS_AT_A_TIME = 2;

type Common = Pick<ProgramsOptions, "onProgress" | "signal" | "disablesChartDigestTracking"> & {
  readonly folder: string;
};

/** Programs that this process has started. */
export type OwnPrograms = Omit<GroundPrograms, "startCluster"> & {
  readonly etcd: OwnEtcd;
  readonly platform: OwnApiServer;
  readonly onboarding: OwnApiServer;
  readonly registry: OwnRegistry;
  readonly controllerManagers: readonly OwnRestartableProcess[];
  startCluster(name: string): Promise<OwnClusterWithPods>;
};

/** Starts etcd, the API servers of platform and onboarding, Flux and a registry, building what is missing. */
export async function startPrograms(options: ProgramsOptions, kind: ProgramsKind): Promise<OwnPrograms> {
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
  const controllerManagers = await startControllerManagers({ ...common, platform, onboarding }, kind);
  starting.defer(() => stopTogether(controllerManagers));
  const flux = (options.flux ?? true) ? await startFlux({ ...common, cluster: platform }) : undefined;
  starting.defer(() => flux?.stop());

  const starts = new Turns(STARTS_AT_A_TIME);
  const clusters = new Set<Promise<OwnClusterWithPods>>();
  const stopping = new AbortController();
  starting.defer(async () => {
    stopping.abort(new Error("the ground is being stopped"));
    const started = await Promise.allSettled(clusters);
    await stopTogether(started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])));
  });

  const running = starting.move();
  return {
    folder,
    etcd,
    platform,
    onboarding,
    flux,
    registry,
    controllerManagers,
    startCluster: (name) => {
      const cluster = starts.take(() => startClusterWithPods({ name, folder, etcd, signal: stopping.signal }));
      clusters.add(cluster);
      return cluster;
    },
    stop: () => running.disposeAsync(),
  };
}

async function makeFolder({ folder, keep }: ProgramsOptions, starting: AsyncDisposableStack): Promise<string> {
  const path = folder ?? (await mkdtemp(join(tmpdir(), "service-provider-ocm-")));
  await mkdir(path, { recursive: true });
  if (keep !== true) {
    starting.defer(() => rm(path, { recursive: true, force: true }));
  }
  return path;
}

async function startControllerManagers(
  options: Common & { readonly platform: OwnApiServer; readonly onboarding: OwnApiServer },
  kind: ProgramsKind,
): Promise<readonly OwnRestartableProcess[]> {
  const { platform, onboarding } = options;
  // The garbage collector learns of kinds when it starts and rarely afterwards: the platform's CRDs have to be there.
  await kind.seed(connectAsAdmin(platform));
  return startTogether([
    startControllerManager({ ...options, id: platform.name, cluster: platform, controllers: kind.controllers }),
    startControllerManager({ ...options, id: onboarding.name, cluster: onboarding, controllers: clusterWithoutPods }),
  ]);
}

async function startServers(
  common: Common & { readonly etcd: Etcd },
  starting: AsyncDisposableStack,
): Promise<readonly [platform: OwnApiServer, onboarding: OwnApiServer, registry: OwnRegistry]> {
  const servers = await startTogether([
    startApiServer({ ...common, name: "platform" }),
    startApiServer({ ...common, name: "onboarding" }),
    startRegistry(common),
  ]);
  starting.defer(() => stopTogether(servers));
  return servers;
}
