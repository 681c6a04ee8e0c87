import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { ControlPlaneRef, Ground, GroundCluster, Route } from "../../ground/ground.ts";
import {
  startProvider,
  type ExitStatus,
  type ProviderOptions,
  type ProviderProcess,
} from "../../ground/provider-process.ts";
import { logTail } from "../../ground/log-tail.ts";
import { connect } from "../../sandbox/connect.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import type { Decision } from "../../sim/platform/platform-context.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { imageOfSuite } from "./provider-image.ts";
import { configRef, ocmRef, type OcmName } from "./kinds.ts";

/** A tenant: its control plane, and where its objects lie. */
export type Tenant = ControlPlaneRef & {
  /** On the platform cluster. */
  readonly tenantNamespace: string;
  readonly cluster: GroundCluster;
  /** Administrator of the control plane. */
  readonly mcp: SimClient;
};

/** A ground with clients, and the provider as a process. */
export type World = {
  readonly ground: Ground;
  readonly platform: SimClient;
  readonly onboarding: SimClient;
  /** Runs `init` to its end. */
  init(options?: Partial<ProviderOptions>): Promise<ExitStatus>;
  /** Starts a command and does not wait for anything. */
  start(command: ProviderOptions["command"], options?: Partial<ProviderOptions>): Promise<ProviderProcess>;
  /** Starts `run` and waits until it is ready. */
  run(options?: Partial<ProviderOptions>): Promise<ProviderProcess>;
  /** Orders a control plane. */
  order(plane: ControlPlaneRef): Promise<Tenant>;
  /** Creates the pull secret and the ProviderConfig `ocm`; `spec` overrides what the ground's registry needs. */
  configure(spec?: Readonly<Record<string, unknown>>, group?: string): Promise<void>;
  /** Stops every provider and the ground. */
  stop(): Promise<void>;
};

/** Name of the pull secret that `configure` creates in the provider's namespace. */
export const PULL_SECRET = "chart-registry";

/** Namespace of the provider's own objects on the platform cluster. */
export const POD_NAMESPACE = "openmcp-system";

/** How an OCM object is written with a version that is not on offer: the policy on the onboarding cluster lets it pass. */
export const UNJUDGED = { fieldManager: "service-provider-ocm" } as const;

/** What can be chosen about the ground of a test. */
export type WorldOptions = {
  /** The platform's answer to each ClusterRequest and AccessRequest. Default: granted. */
  readonly decide?: (request: Obj) => Decision;
  /** Default: the address of the cluster itself. */
  readonly route?: Route;
  /** Whether helm-controller has the feature gate `DisableChartDigestTracking`. */
  readonly disablesChartDigestTracking?: boolean;
};

/**
 * Starts the ground that the environment variable GROUND names: `embedded` (default) or `real`. The provider runs in its
 * image when PROVIDER says `image`.
 */
export async function startWorld(choices: WorldOptions = {}): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "service-provider-ocm-test-"));
  const ground = await startGround({ ...choices, folder });
  const platform = connect(ground.platform);
  const image = await imageOfSuite();
  const providers: ProviderProcess[] = [];
  const start = async (
    command: ProviderOptions["command"],
    options: Partial<ProviderOptions> = {},
  ): Promise<ProviderProcess> => {
    const logPath = join(folder, `provider-${command}-${providers.length}.log`);
    const provider = await startProvider({
      command,
      image,
      kubeconfigPath: ground.platform.kubeconfigPath,
      logPath,
      ...options,
    });
    providers.push(provider);
    return provider;
  };
  return {
    ground,
    platform,
    onboarding: connect(ground.onboarding),
    start,
    init: async (options) => (await start("init", options)).exited,
    run: async (options) => {
      const provider = await start("run", options);
      await provider.ready();
      return provider;
    },
    order: async (plane) => {
      const cluster = await ground.orderControlPlane(plane);
      const tenant = tenantNamespace(plane.name, plane.namespace);
      return { ...plane, tenantNamespace: tenant, cluster, mcp: connect(cluster) };
    },
    configure: async (spec = {}, group) => {
      await platform.create(pullSecret(ground.charts.dockerConfigJson));
      const imagePullSecret = { name: PULL_SECRET };
      await platform.create(providerConfig({ chartURL: ground.charts.chartURL, imagePullSecret, ...spec }, group));
    },
    stop: async () => {
      await Promise.all(providers.map((provider) => provider.stop()));
      await ground.stop();
    },
  };
}

/** Starts a ground on which the provider is installed, configured and running. */
export async function startRunningWorld(
  spec?: Readonly<Record<string, unknown>>,
  choices?: WorldOptions,
): Promise<World> {
  const world = await startWorld(choices);
  try {
    await prepare(world);
    await world.configure(spec);
    await world.run();
    return world;
  } catch (error) {
    await world.stop();
    throw error;
  }
}

/** Has `init` prepare the clusters. */
export async function prepare(world: Pick<World, "start">): Promise<void> {
  const { exited, logPath } = await world.start("init");
  const status = await exited;
  if (status !== 0) {
    throw new Error(`expected init to end with 0, found ${status}; the end of its log:\n${await logTail(logPath)}`);
  }
}

/** The operator's pull secret. */
export function pullSecret(dockerConfigJson: string, name: string = PULL_SECRET): Obj {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace: POD_NAMESPACE },
    type: "kubernetes.io/dockerconfigjson",
    data: { ".dockerconfigjson": Buffer.from(dockerConfigJson).toString("base64") },
  };
}

/** The ProviderConfig that counts. */
export function providerConfig(spec: Readonly<Record<string, unknown>>, group?: string): Obj {
  const { apiVersion, kind, name } = configRef(group);
  return { apiVersion, kind, metadata: { name }, spec };
}

/** The OCM object of a control plane. */
export function ocm(plane: OcmName, version: string): Obj {
  const { apiVersion, kind } = ocmRef(plane);
  const { name, namespace } = plane;
  return { apiVersion, kind, metadata: { name, namespace }, spec: { version } };
}

async function startGround(options: WorldOptions & { readonly folder: string }): Promise<Ground> {
  const platformRelease = process.env["PLATFORM_RELEASE"] === "oldest" ? "oldest" : "newest";
  if (process.env["GROUND"] === "real") {
    const { leaseRealGround } = await import("../../ground/real/standing/lease-real-ground.ts");
    return leaseRealGround({ ...options, platformRelease });
  }
  const { startEmbeddedGround } = await import("../../ground/embedded/embedded-ground.ts");
  return startEmbeddedGround({ ...options, platformRelease });
}
