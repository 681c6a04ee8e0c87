import { join } from "node:path";
import type { GroundCluster } from "../ground.ts";
import { ensureBinaries } from "./ensure-binaries.ts";
import { type OwnRestartableProcess, startRestartable } from "./restartable-process.ts";

/** The API server that a controller works on, and where its log goes. */
export type ControllerOptions = {
  /** Name of the log file's beginning, unique in the ground. */
  readonly id: string;
  readonly cluster: Pick<GroundCluster, "kubeconfigPath">;
  readonly folder: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
};

/** What a cluster needs on which nothing runs. */
export const clusterWithoutPods: readonly string[] = [
  "namespace-controller",
  "garbage-collector-controller",
  "clusterrole-aggregation-controller",
];

/** What a cluster needs on which Deployments come up. */
export const clusterWithPods: readonly string[] = [
  ...clusterWithoutPods,
  "deployment-controller",
  "replicaset-controller",
  "serviceaccount-controller",
];

/** Starts kube-controller-manager with the named controllers only. */
export async function startControllerManager(
  options: ControllerOptions & { readonly controllers: readonly string[] },
): Promise<OwnRestartableProcess> {
  const { "kube-controller-manager": path } = await ensureBinaries(["kube-controller-manager"], options);
  return startRestartable({
    name: `kube-controller-manager of ${options.id}`,
    path,
    args: [
      `--kubeconfig=${options.cluster.kubeconfigPath}`,
      `--controllers=${options.controllers.join(",")}`,
      "--leader-elect=false",
      "--secure-port=0",
      // Its client is shared by all controllers; the default of 20 requests a second delays bursts.
      "--kube-api-qps=200",
      "--kube-api-burst=400",
    ],
    logPath: join(options.folder, "logs", `${options.id}-kube-controller-manager.log`),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

/** Starts kube-scheduler. */
export async function startScheduler(options: ControllerOptions): Promise<OwnRestartableProcess> {
  const { "kube-scheduler": path } = await ensureBinaries(["kube-scheduler"], options);
  return startRestartable({
    name: `kube-scheduler of ${options.id}`,
    path,
    args: [`--kubeconfig=${options.cluster.kubeconfigPath}`, "--leader-elect=false", "--secure-port=0"],
    logPath: join(options.folder, "logs", `${options.id}-kube-scheduler.log`),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}
