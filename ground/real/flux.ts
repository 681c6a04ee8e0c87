import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { GroundCluster } from "../ground.ts";
import { ensureBinaries } from "./ensure-binaries.ts";
import { freePorts } from "../free-ports.ts";
import { httpStatus } from "../http-status.ts";
import { startTogether, stopTogether } from "./start-together.ts";
import { type RestartableProcess, startRestartable } from "./restartable-process.ts";

/** Flux's two controllers that install charts from registries. */
export type Flux = {
  readonly sourceController: RestartableProcess;
  readonly helmController: RestartableProcess;
  stop(): Promise<void>;
};

type FluxOptions = {
  /** The cluster they watch. The CRDs of both have to be there. */
  readonly cluster: Pick<GroundCluster, "kubeconfigPath">;
  readonly folder: string;
  /** Whether helm-controller has the feature gate `DisableChartDigestTracking`. */
  readonly disablesChartDigestTracking?: boolean | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
};

/** Starts source-controller and helm-controller for all namespaces of a cluster. */
export async function startFlux(options: FluxOptions): Promise<Flux> {
  const paths = await ensureBinaries(["source-controller", "helm-controller"], options);
  const storage = join(options.folder, "source-controller");
  await mkdir(storage, { recursive: true });
  const [storagePort = 0, sourceHealthPort = 0, helmHealthPort = 0] = await freePorts(3);
  const storageAddress = `127.0.0.1:${storagePort}`;
  const [sourceController, helmController] = await startTogether([
    startController(options, {
      name: "source-controller",
      path: paths["source-controller"],
      healthPort: sourceHealthPort,
      args: [
        `--storage-path=${storage}`,
        `--storage-addr=${storageAddress}`,
        `--storage-adv-addr=${storageAddress}`,
        "--artifact-retention-ttl=5m",
      ],
    }),
    startController(options, {
      name: "helm-controller",
      path: paths["helm-controller"],
      healthPort: helmHealthPort,
      args: [
        "--graceful-shutdown-timeout=3s",
        `--feature-gates=DisableChartDigestTracking=${options.disablesChartDigestTracking ?? false}`,
      ],
    }),
  ]);
  return { sourceController, helmController, stop: () => stopTogether([sourceController, helmController]) };
}

async function startController(
  { cluster, folder, signal }: FluxOptions,
  controller: {
    readonly name: string;
    readonly path: string;
    readonly healthPort: number;
    readonly args: readonly string[];
  },
): Promise<RestartableProcess> {
  const healthAddress = `127.0.0.1:${controller.healthPort}`;
  return startRestartable({
    name: controller.name,
    path: controller.path,
    args: [
      ...controller.args,
      "--watch-all-namespaces=true",
      "--enable-leader-election=false",
      "--events-addr=",
      "--metrics-addr=0",
      `--health-addr=${healthAddress}`,
    ],
    env: { KUBECONFIG: cluster.kubeconfigPath, RUNTIME_NAMESPACE: "flux-system" },
    logPath: join(folder, "logs", `${controller.name}.log`),
    isReady: async (ready) => (await httpStatus(`http://${healthAddress}/readyz`, { signal: ready })) === 200,
    ...(signal === undefined ? {} : { signal }),
  });
}
