import { startApiServer } from "./api-server.ts";
import type { ApiServerOptions, OwnApiServer, RealApiServer } from "./api-server.ts";
import { clusterWithPods, startControllerManager, startScheduler } from "./kubernetes-controllers.ts";
import { startPlayedNode } from "./played-node.ts";
import type { OwnRestartableProcess } from "./restartable-process.ts";
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
    server: withControllers(server, controllers),
    isRunning: () => server.isRunning() && controllers.every((controller) => controller.isRunning()),
    stop: () => running.disposeAsync(),
  };
}

/**
 * Has controllers fail and come back with their API server, as on a machine that holds the whole control plane.
 *
 * Left alone with an API server that is away they ask for it less and less often, and may not notice for more than a
 * minute that it is back.
 */
function withControllers(server: OwnApiServer, controllers: readonly OwnRestartableProcess[]): OwnApiServer {
  const all = [...controllers, server];
  return {
    ...server,
    stop: () => stopTogether(all),
    kill: async () => {
      await Promise.all(all.map((one) => one.kill()));
    },
    restart: async () => {
      await server.restart();
      await Promise.all(controllers.map((controller) => controller.restart()));
    },
  };
}
