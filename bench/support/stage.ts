import { join } from "node:path";

import { type EmbeddedGround, startEmbeddedGround } from "../../ground/embedded/embedded-ground.ts";
import type { ControlPlaneRef } from "../../ground/ground.ts";
import { type ProviderOptions, type ProviderProcess, startProvider } from "../../ground/provider-process.ts";
import type { SimClient } from "../../sim/client.ts";
import { providerConfig, PULL_SECRET, pullSecret } from "../../test/support/world.ts";

/** The embedded ground in this process, and the shipped bundle as a process of its own. */
export type Stage = AsyncDisposable & {
  readonly ground: EmbeddedGround;
  /** Administrators that skip the network: they read and write when the API server does. */
  readonly platform: SimClient;
  readonly onboarding: SimClient;
  /** Starts a command and does not wait for anything. */
  start(command: ProviderOptions["command"], options?: Partial<ProviderOptions>): Promise<ProviderProcess>;
};

/** Starts a ground on which nothing is installed. */
export async function openStage(): Promise<Stage> {
  const ground = await startEmbeddedGround();
  const providers: ProviderProcess[] = [];
  return {
    ground,
    platform: clientOf(ground, "platform"),
    onboarding: clientOf(ground, "onboarding"),
    start: async (command, options = {}) => {
      const provider = await startProvider({
        command,
        kubeconfigPath: ground.platform.kubeconfigPath,
        logPath: join(ground.folder, `provider-${command}-${providers.length}.log`),
        ...options,
      });
      providers.push(provider);
      return provider;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(providers.map((provider) => provider.stop()));
      await ground.stop();
    },
  };
}

/** Creates what the operator creates: the pull secret and the ProviderConfig. */
export async function configure({ ground: { charts }, platform }: Stage): Promise<void> {
  await platform.create(pullSecret(charts.dockerConfigJson));
  await platform.create(providerConfig({ chartURL: charts.chartURL, imagePullSecret: { name: PULL_SECRET } }));
}

/** Orders control planes, all at once; each has an API server of its own. */
export async function orderControlPlanes({ ground }: Stage, count: number): Promise<readonly ControlPlaneRef[]> {
  const planes = Array.from({ length: count }, (_, index) => ({
    name: `mcp-${ground.clusters.size}-${index}`,
    namespace: "project-bench--ws-tenants",
  }));
  await Promise.all(planes.map((plane) => ground.orderControlPlane(plane)));
  return planes;
}

function clientOf({ clusters }: EmbeddedGround, name: string): SimClient {
  const cluster = clusters.get(name);
  if (cluster === undefined) {
    throw new Error(`expected the ground to have a cluster ${name}`);
  }
  return cluster.client;
}
