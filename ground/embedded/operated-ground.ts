import { randomInt } from "node:crypto";

import type { SimClient } from "../../sim/client.ts";
import { systemSimClock } from "../../sim/clock.ts";
import { onboardingCRDs } from "../../sim/platform/install-crds.ts";
import { controlPlaneType } from "../../sim/platform/kinds.ts";
import { startOperator } from "../../sim/platform/operator/start-operator.ts";
import type { UnpackedImage } from "../image/unpack-image.ts";
import { NodeAgent, type NodeContainer } from "../node/node-agent.ts";
import { providerImages, SERVICE_PROVIDER_IMAGES } from "../node/provider-image.ts";
import type { ControlPlaneRef } from "../ground.ts";
import type { SimCluster } from "./sim-cluster.ts";
import { ensure } from "../../sim/stand-in/ensure.ts";
import { remove } from "../../sim/stand-in/remove.ts";
import { waitFor } from "../../sim/stand-in/wait-for.ts";
import { textAt } from "../../sim/value-at.ts";
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
  const { client, server, caPem } = clusterOf(ground, "platform");
  const { client: onboarding, api } = clusterOf(ground, "onboarding");
  api.install(onboardingCRDs());
  const agent = new NodeAgent({
    client,
    address: { server, caPem },
    folder: ground.folder,
    images: providerImages(image),
  });
  await agent.start();
  const stop = new AbortController();
  startStandIn(ground, { platform: client, onboarding, signal: stop.signal });
  return {
    ...ground,
    agent,
    providers: () => SERVICE_PROVIDER_IMAGES.flatMap((name) => agent.containersOf(name)),
    orderControlPlane: async (plane) => {
      await orderByObject(onboarding, plane);
      return ground.orderControlPlane(plane);
    },
    removeControlPlane: (plane) => removeOrder(onboarding, plane),
    stop: async () => {
      stop.abort();
      await agent.stop();
      await ground.stop();
    },
  };
}

type Clients = { readonly platform: SimClient; readonly onboarding: SimClient };

function startStandIn(
  ground: EmbeddedGround,
  { platform, onboarding, signal }: Clients & { readonly signal: AbortSignal },
): void {
  startOperator({
    platform,
    clock: systemSimClock,
    random: () => randomInt(RANDOM_RANGE) / RANDOM_RANGE,
    nodeName: NODE_NAME,
    orders: {
      onboarding,
      start: (plane) => ground.orderControlPlane(plane),
      remove: (plane) => ground.removeControlPlane(plane),
    },
    signal,
  });
}

// As users of a platform order them; with an administrator's token, as the kubeconfigs of grounds have it.
async function orderByObject(onboarding: SimClient, plane: ControlPlaneRef): Promise<void> {
  const ref = { ...controlPlaneType, ...plane };
  const tokens = [{ name: "admin", roleRefs: [{ kind: "ClusterRole", name: "cluster-admin" }] }];
  await ensure(onboarding, { apiVersion: "v1", kind: "Namespace", metadata: { name: plane.namespace } });
  await ensure(onboarding, { ...controlPlaneType, metadata: { ...plane }, spec: { iam: { tokens } } });
  await waitFor(systemSimClock, async () => textAt(await onboarding.get(ref), "status", "phase") === "Ready");
}

async function removeOrder(onboarding: SimClient, plane: ControlPlaneRef): Promise<void> {
  const ref = { ...controlPlaneType, ...plane };
  await remove(onboarding, ref);
  await waitFor(systemSimClock, async () => (await onboarding.find(ref)) === undefined);
}

function clusterOf({ clusters }: EmbeddedGround, name: string): SimCluster {
  const cluster = clusters.get(name);
  if (cluster === undefined) {
    throw new Error(`expected a cluster ${name} that runs`);
  }
  return cluster;
}
