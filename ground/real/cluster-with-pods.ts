import { startApiServer } from "./api-server.ts";
import type { ApiServerOptions, OwnApiServer, RealApiServer } from "./api-server.ts";
import { isRunning } from "./is-running.ts";
import { clusterWithPods, startControllerManager, startScheduler } from "./kubernetes-controllers.ts";
import { startPlayedNode } from "./played-node.ts";
import { startTogether, stopTogether } from "./start-together.ts";

/** A cluster on which Deployments come up. */
export type ClusterWithPods = {
  readonly server: RealApiServer;
  /** Stops the controllers, then the API server. */
  stop(): Promise<void>;
};

/** One that this process has started. */
export type OwnClusterWithPods = ClusterWithPods & {
  readonly server: OwnApiServer;
  /** Tells whether all of its programs run. */
  isRunning(): boolean;
};

/** Starts an API server with the controllers, the scheduler and the node that a Deployment needs. */
export async function startClusterWithPods(options: ApiServerOptions): Promise<OwnClusterWithPods> {
  await using starting = new AsyncDisposableStack();
  const server = await startApiServer(options);
  starting.defer(() => server.stop());
  const common = { ...options, id: options.name, cluster: server };
  const controllers = await startTogether([
    startControllerManager({ ...common, controllers: clusterWithPods }),
    startScheduler(common),
    startPlayedNode(common),
  ]);
  starting.defer(() => stopTogether(controllers));
  const running = starting.move();
  return {
    server,
    isRunning: () => server.isRunning() && controllers.every(({ pid }) => isRunning(pid)),
    stop: () => running.disposeAsync(),
  };
}
