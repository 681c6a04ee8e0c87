import { startApiServer } from "./api-server.ts";
import type { ApiServerOptions, RealApiServer } from "./api-server.ts";
import { clusterWithPods, startControllerManager, startScheduler } from "./kubernetes-controllers.ts";
import { startPlayedNode } from "./played-node.ts";
import { startTogether, stopTogether } from "./start-together.ts";

/** A cluster on which Deployments come up. */
export type ClusterWithPods = {
  readonly server: RealApiServer;
  /** Stops the controllers, then the API server. */
  stop(): Promise<void>;
};

/** Starts an API server with the controllers, the scheduler and the node that a Deployment needs. */
export async function startClusterWithPods(options: ApiServerOptions): Promise<ClusterWithPods> {
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
  return { server, stop: () => running.disposeAsync() };
}
