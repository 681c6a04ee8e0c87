import { install } from "../support/install.ts";
import { startRunningWorld } from "../support/world.ts";
import type { Stage } from "./run-document.ts";

const plane = { name: "mcp-01", namespace: "project-demo--ws-dev" };

/** A fresh clone, and no cluster. */
export async function clone(): Promise<Stage> {
  return { variables: {}, stop: async () => undefined };
}

/** A platform with this provider, and a tenant that is Ready. */
export async function installed(): Promise<Stage> {
  const world = await startRunningWorld();
  const { cluster } = await install(world, plane);
  const { platform, onboarding } = world.ground;
  return {
    variables: {
      PLATFORM: platform.kubeconfigPath,
      ONBOARDING: onboarding.kubeconfigPath,
      MCP_01: cluster.kubeconfigPath,
    },
    stop: () => world.stop(),
  };
}
