import { systemSimClock } from "../../../sim/clock.ts";
import { installCRDs } from "../../../sim/platform/install-crds.ts";
import { PLATFORM_NAMESPACE } from "../../../sim/platform/kinds.ts";
import { ensure } from "../../../sim/stand-in/ensure.ts";
import { SERVICE_PROVIDER_IMAGES } from "../../node/provider-image.ts";
import { platformBinaries } from "../binary.ts";
import { clusterWithPods } from "../kubernetes-controllers.ts";
import { type RealGround, type RealGroundOptions, startGround } from "../real-ground.ts";
import type { NodeAgent, NodeContainer } from "../../node/node-agent.ts";
import { type OperatorPlatform, type OperatorPlatformOptions, startOperatorPlatform } from "./operator-platform.ts";

/** How to start a ground with the real operator. */
export type PlatformGroundOptions = Omit<RealGroundOptions, "serviceProviderStatus"> & OperatorPlatformOptions;

/** A real ground on which openmcp-operator is the platform, and starts the provider. */
export type PlatformGround = RealGround & {
  /** The node on which the operator's pods run, the provider's among them. */
  readonly agent: NodeAgent;
  /** The provider's containers that run now. */
  providers(): readonly NodeContainer[];
};

/**
 * Starts a real ground whose platform is openmcp-operator.
 *
 * Control planes are ordered and removed by ControlPlane objects on the onboarding cluster; the provider runs in pods
 * that the operator makes of the ServiceProvider `ocm`.
 */
export async function startPlatformGround(options: PlatformGroundOptions = {}): Promise<PlatformGround> {
  let part: OperatorPlatform | undefined;
  const ground = await startGround(options, {
    binaries: platformBinaries,
    controllers: [...clusterWithPods, "job-controller"],
    seed: async (platform) => {
      await installCRDs(platform, systemSimClock);
      await ensure(platform, { apiVersion: "v1", kind: "Namespace", metadata: { name: PLATFORM_NAMESPACE } });
    },
    start: async (clusters) => (part = await startOperatorPlatform(clusters, options)),
  });
  if (part === undefined) {
    throw new Error("expected a ground with a platform");
  }
  const { agent } = part;
  return { ...ground, agent, providers: () => SERVICE_PROVIDER_IMAGES.flatMap((name) => agent.containersOf(name)) };
}
