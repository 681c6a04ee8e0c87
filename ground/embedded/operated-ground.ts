import { randomInt } from "node:crypto";

import { systemSimClock } from "../../sim/clock.ts";
import { startOperator } from "../../sim/platform/operator/start-operator.ts";
import type { UnpackedImage } from "../image/unpack-image.ts";
import { NodeAgent, type NodeContainer } from "../node/node-agent.ts";
import { providerImages, SERVICE_PROVIDER_IMAGES } from "../node/provider-image.ts";
import { type EmbeddedGround, type EmbeddedGroundOptions, startEmbeddedGround } from "./embedded-ground.ts";

/** An embedded ground on which ServiceProviders are run. */
export type OperatedGround = EmbeddedGround & {
  readonly agent: NodeAgent;
  /** The provider's containers that run now. */
  providers(): readonly NodeContainer[];
};

/** What can be chosen about it. */
export type OperatedGroundOptions = Omit<EmbeddedGroundOptions, "serviceProviderStatus" | "providerName"> & {
  /** The provider's image. Default: the bundle. */
  readonly image?: UnpackedImage | undefined;
};

const RANDOM_RANGE = 2 ** 32;
const NODE_NAME = "local";

/**
 * Starts an embedded ground on which no provider is installed: whoever creates a ServiceProvider has it run, as by
 * openmcp-operator, in pods whose containers are processes of this machine.
 */
export async function startOperatedGround({ image, ...options }: OperatedGroundOptions = {}): Promise<OperatedGround> {
  const ground = await startEmbeddedGround({ ...options, serviceProviderStatus: "no ServiceProvider" });
  const platform = ground.clusters.get("platform");
  if (platform === undefined) {
    throw new Error("expected a platform cluster that runs");
  }
  const { client, server, caPem } = platform;
  const agent = new NodeAgent({
    client,
    address: { server, caPem },
    folder: ground.folder,
    images: providerImages(image),
  });
  await agent.start();
  const stop = new AbortController();
  startOperator({
    platform: client,
    clock: systemSimClock,
    random: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE,
    nodeName: NODE_NAME,
    signal: stop.signal,
  });
  return {
    ...ground,
    agent,
    providers: () => SERVICE_PROVIDER_IMAGES.flatMap((name) => agent.containersOf(name)),
    stop: async () => {
      stop.abort();
      await agent.stop();
      await ground.stop();
    },
  };
}
