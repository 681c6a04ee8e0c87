import { systemSimClock } from "../../sim/clock.ts";
import { orderControlPlane, removeControlPlane } from "../../sim/platform/control-plane.ts";
import type { PlatformContext } from "../../sim/platform/platform-context.ts";
import { startPlatform } from "../../sim/platform/start-platform.ts";
import type { ControlPlaneRef, GroundCluster, Route } from "../ground.ts";
import type { RealApiServer } from "./api-server.ts";
import { endpointsOf, FIELD_MANAGER, sharedServer } from "./cluster-endpoints.ts";
import { connectAsAdmin } from "./connect-as-admin.ts";
import type { ControlPlanes } from "./control-planes.ts";

/** The platform's part on a real ground, played. */
export type PlayedPlatform = {
  orderControlPlane(ref: ControlPlaneRef): Promise<GroundCluster>;
  removeControlPlane(ref: ControlPlaneRef): Promise<void>;
  stop(): Promise<void>;
};

/** The clusters that the platform gives away. */
export type PlayedClusters = {
  readonly platform: RealApiServer;
  readonly onboarding: RealApiServer;
  readonly controlPlanes: ControlPlanes;
};

/** What can be chosen about the platform's part. */
export type PlayedPlatformOptions = {
  readonly tokenLifetimeMs?: PlatformContext["tokenLifetimeMs"] | undefined;
  readonly renewTokensAfterMs?: PlatformContext["renewTokensAfterMs"] | undefined;
  readonly decide?: PlatformContext["decide"] | undefined;
  /** Default: the address of the cluster itself. */
  readonly route?: Route | undefined;
};

/** Answers requests on the platform cluster, and orders and removes control planes as the platform would. */
export function playPlatform(
  clusters: PlayedClusters,
  { tokenLifetimeMs, renewTokensAfterMs, decide, route }: PlayedPlatformOptions = {},
): PlayedPlatform {
  const { controlPlanes } = clusters;
  const stopped = new AbortController();
  const clients = {
    platform: connectAsAdmin(clusters.platform, FIELD_MANAGER),
    onboarding: connectAsAdmin(clusters.onboarding, FIELD_MANAGER),
    clock: systemSimClock,
  };
  startPlatform({
    ...clients,
    clusterFor: endpointsOf((purpose, namespace) => serverFor(clusters, purpose, namespace), route),
    signal: stopped.signal,
    ...(tokenLifetimeMs !== undefined && { tokenLifetimeMs }),
    ...(renewTokensAfterMs !== undefined && { renewTokensAfterMs }),
    ...(decide !== undefined && { decide }),
  });
  return {
    orderControlPlane: async (ref) => {
      const { server, kubeconfig, kubeconfigPath } = await controlPlanes.start(ref);
      await orderControlPlane(clients, ref);
      return { name: ref.name, server, kubeconfig, kubeconfigPath };
    },
    removeControlPlane: async (ref) => {
      await removeControlPlane(clients, ref);
      await controlPlanes.stop(ref);
    },
    stop: () => {
      stopped.abort();
      return Promise.resolve();
    },
  };
}

function serverFor(clusters: PlayedClusters, purpose: string, namespace: string): Promise<RealApiServer> {
  const shared = sharedServer(clusters, purpose);
  const found = shared ?? clusters.controlPlanes.inTenantNamespace(namespace);
  if (found === undefined) {
    throw new Error(`expected a control plane ordered from this ground in ${namespace}, found none`);
  }
  return Promise.resolve(found);
}
