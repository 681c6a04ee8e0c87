import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { readAccess } from "../../sandbox/connect.ts";
import { kubeconfigFor } from "../../sim/kubeconfig.ts";
import { FaultProxy } from "./fault-proxy.ts";
import { prepare, startWorld, type World } from "./world.ts";

/** A world in which the provider reaches platform and onboarding cluster through proxies. */
export type ProxiedWorld = World & {
  readonly proxies: { readonly platform: FaultProxy; readonly onboarding: FaultProxy };
  /** Kubeconfig of the platform behind its proxy: give it to every provider. */
  readonly kubeconfigPath: string;
};

/** Starts a ground with proxies, on which the provider is installed and configured, but not running. */
export async function startProxiedWorld(): Promise<ProxiedWorld> {
  const proxies = { platform: await FaultProxy.start(), onboarding: await FaultProxy.start() };
  const world = await startWorld({
    route: (purpose, address) => {
      if (purpose !== "onboarding") {
        return Promise.resolve(address);
      }
      proxies.onboarding.aim(address);
      return Promise.resolve(proxies.onboarding.address);
    },
  });
  const { url, caPem, token } = readAccess(world.ground.platform.kubeconfig);
  proxies.platform.aim({ server: url, caPem });
  const { server, caPem: proxyCaPem } = proxies.platform.address;
  const kubeconfigPath = join(world.ground.folder, "proxied-platform.kubeconfig");
  await writeFile(kubeconfigPath, kubeconfigFor({ name: "platform", url: server, caPem: proxyCaPem, token }), {
    mode: 0o600,
  });
  const stop = async (): Promise<void> => {
    Object.values(proxies).forEach((proxy) => proxy.heal());
    await world.stop();
    await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
  };
  const proxied: ProxiedWorld = {
    ...world,
    proxies,
    kubeconfigPath,
    run: (options) => world.run({ kubeconfigPath, ...options }),
    start: (command, options) => world.start(command, { kubeconfigPath, ...options }),
    stop,
  };
  try {
    await prepare(proxied);
    await proxied.configure();
    return proxied;
  } catch (error) {
    await stop();
    throw error;
  }
}
