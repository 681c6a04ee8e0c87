import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { SimClient } from "../../../sim/client.ts";
import { clusterType, controlPlaneType, serviceProviderType } from "../../../sim/platform/kinds.ts";
import { tenantNamespace } from "../../../sim/platform/tenant-namespace.ts";
import { ensure } from "../../../sim/stand-in/ensure.ts";
import { remove } from "../../../sim/stand-in/remove.ts";
import { textAt } from "../../../sim/value-at.ts";
import type { ControlPlaneRef, GroundCluster } from "../../ground.ts";
import { connectAsAdmin } from "../connect-as-admin.ts";
import { ensureBinaries } from "../ensure-binaries.ts";
import { startScheduler } from "../kubernetes-controllers.ts";
import type { PlayedPlatformOptions } from "../played-platform.ts";
import type { PlatformClusters, PlatformPart } from "../real-ground.ts";
import { waitUntil } from "../../wait-until.ts";
import { CLUSTER_PROVIDER_IMAGE, clusterProvider, clusterProviderImage } from "./cluster-provider.ts";
import type { Image } from "../../node/container.ts";
import { controlPlane, controlPlaneRef, hurry } from "./control-plane.ts";
import type { UnpackedImage } from "../../image/unpack-image.ts";
import { providerImages } from "../../node/provider-image.ts";
import { NodeAgent, type NodeAgentOptions } from "../../node/node-agent.ts";
import { onboardingRequests, OPERATOR_IMAGE, operatorConfig, operatorObjects } from "./operator-objects.ts";
import { processImage, unlessGiven } from "../../node/process-image.ts";
import { serviceProvider } from "./service-provider.ts";

/** What can be chosen about a platform that the real operator runs. */
export type OperatorPlatformOptions = PlayedPlatformOptions & {
  /** Fields of the ServiceProvider's spec, for example `runReplicas`. */
  readonly serviceProvider?: Readonly<Record<string, unknown>>;
  /** The provider's image. Default: the bundle. */
  readonly image?: UnpackedImage | undefined;
  /** Leaves the ServiceProvider to those who use the platform. */
  readonly isBare?: boolean;
  /** How long it takes until a container is started for the n-th time again. Default: as long as with a kubelet. */
  readonly restartDelayMs?: NodeAgentOptions["restartDelayMs"];
};

/** The platform's part done by the real operator, and the node on which all its pods run. */
export type OperatorPlatform = PlatformPart & { readonly agent: NodeAgent };

const START_WITHIN_MS = 240_000;
const CLUSTER_WITHIN_MS = 300_000;
const REMOVED_WITHIN_MS = 300_000;
const HURRY_EVERY_MS = 1000;

/** Starts openmcp-operator, and through it the cluster provider and the provider, and returns once all of them run. */
export async function startOperatorPlatform(
  clusters: PlatformClusters,
  options: OperatorPlatformOptions,
): Promise<OperatorPlatform> {
  await using starting = new AsyncDisposableStack();
  const platform = connectAsAdmin(clusters.platform);
  const onboarding = connectAsAdmin(clusters.onboarding);
  const scheduler = await startScheduler({ ...clusters, id: "platform", cluster: clusters.platform });
  starting.defer(() => scheduler.stop());
  const { server, caPem } = clusters.platform;
  const agent = new NodeAgent({
    client: platform,
    address: (await options.route?.("platform", { server, caPem })) ?? { server, caPem },
    folder: clusters.folder,
    images: {
      [OPERATOR_IMAGE]: await operatorImage(clusters),
      [CLUSTER_PROVIDER_IMAGE]: clusterProviderImage(clusters, options),
      ...providerImages(options.image),
    },
    restartDelayMs: options.restartDelayMs,
  });
  await agent.start();
  starting.defer(() => agent.stop());
  await install(platform, clusters.folder, options);
  const provider = options.isBare === true ? "" : " and, through it, the provider";
  clusters.onProgress?.(`starting openmcp-operator${provider}`);
  await waitUntil(() => isServing({ platform, onboarding }, options), {
    what: `openmcp-operator serves ControlPlanes${options.isBare === true ? "" : " and runs the provider"}`,
    withinMs: START_WITHIN_MS,
    everyMs: 200,
    ...(clusters.signal !== undefined && { signal: clusters.signal }),
  });
  const running = starting.move();
  return {
    agent,
    orderControlPlane: (ref) => order({ ...clusters, clients: { platform, onboarding } }, ref),
    removeControlPlane: (ref) => removeAndWait(onboarding, ref),
    stop: () => running.disposeAsync(),
  };
}

async function operatorImage(clusters: PlatformClusters): Promise<Image> {
  const { "openmcp-operator": path } = await ensureBinaries(["openmcp-operator"], clusters);
  return processImage({
    path,
    after: ({ args, podIP, kubeconfigPath }) => [
      `--kubeconfig=${kubeconfigPath}`,
      // Only `run` serves; each of its two has a default that all pods would share.
      ...(args.includes("run") ? unlessGiven(args, "--health-probe-bind-address", `${podIP}:8081`) : []),
    ],
  });
}

async function install(platform: SimClient, folder: string, options: OperatorPlatformOptions): Promise<void> {
  const configPath = join(folder, "openmcp-operator.json");
  await writeFile(configPath, JSON.stringify(operatorConfig));
  const objects = [
    ...onboardingRequests(),
    ...operatorObjects(configPath),
    clusterProvider,
    ...(options.isBare === true ? [] : [serviceProvider(options.serviceProvider)]),
  ];
  await Promise.all(objects.map((object) => ensure(platform, object)));
}

type Clients = { readonly platform: SimClient; readonly onboarding: SimClient };

async function isServing(
  { platform, onboarding }: Clients,
  { isBare = false }: OperatorPlatformOptions,
): Promise<boolean> {
  const services = [
    { apiVersion: "openmcp.cloud/v1alpha1", kind: "PlatformService", name: "managedcontrolplane" },
    ...(isBare ? [] : [{ ...serviceProviderType, name: "ocm" }]),
  ];
  const found = await Promise.all(services.map((service) => platform.find(service)));
  const phases = found.map((object) => textAt(object, "status", "phase"));
  return phases.every((phase) => phase === "Ready") && (await onboarding.serves(controlPlaneType));
}

async function order(
  { controlPlanes, clients }: PlatformClusters & { readonly clients: Clients },
  ref: ControlPlaneRef,
): Promise<GroundCluster> {
  const { platform, onboarding } = clients;
  await ensure(onboarding, { apiVersion: "v1", kind: "Namespace", metadata: { name: ref.namespace } });
  await ensure(onboarding, controlPlane(ref));
  const namespace = tenantNamespace(ref);
  await waitUntil(async () => (await platform.list({ ...clusterType, namespace })).some(isReady), {
    what: `the cluster of control plane ${ref.namespace}/${ref.name} is ready`,
    withinMs: CLUSTER_WITHIN_MS,
    everyMs: 200,
  });
  const { server, kubeconfig, kubeconfigPath } = await controlPlanes.ensureIn(namespace);
  return { name: ref.name, server, kubeconfig, kubeconfigPath };
}

function isReady(object: unknown): boolean {
  return textAt(object, "status", "phase") === "Ready";
}

async function removeAndWait(onboarding: SimClient, ref: ControlPlaneRef): Promise<void> {
  await remove(onboarding, controlPlaneRef(ref));
  const isGone = async (): Promise<boolean> => {
    await hurry(onboarding, ref);
    return (await onboarding.find(controlPlaneRef(ref))) === undefined;
  };
  const what = `control plane ${ref.namespace}/${ref.name} is gone`;
  await waitUntil(isGone, { what, withinMs: REMOVED_WITHIN_MS, everyMs: HURRY_EVERY_MS });
}
