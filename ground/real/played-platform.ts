import { systemSimClock } from "../../sim/clock.ts";
import type { Obj } from "../../sim/object.ts";
import { orderControlPlane, removeControlPlane } from "../../sim/platform/control-plane.ts";
import type { ClusterEndpoint, PlatformContext } from "../../sim/platform/platform-context.ts";
import { startPlatform } from "../../sim/platform/start-platform.ts";
import type { ControlPlaneRef, GroundCluster, Route } from "../ground.ts";
import type { RealApiServer } from "./api-server.ts";
import { connectAsAdmin } from "./connect-as-admin.ts";
import type { ControlPlanes } from "./control-planes.ts";

/** The platform's part on a real ground, played. */
export type PlayedPlatform = {
  orderControlPlane(ref: ControlPlaneRef): Promise<GroundCluster>;
  removeControlPlane(ref: ControlPlaneRef): Promise<void>;
  stop(): void;
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
  readonly decide?: PlatformContext["decide"] | undefined;
  /** Default: the address of the cluster itself. */
  readonly route?: Route | undefined;
};

/** Answers requests on the platform cluster, and orders and removes control planes as the platform would. */
export function playPlatform(
  clusters: PlayedClusters,
  { tokenLifetimeMs, decide, route }: PlayedPlatformOptions = {},
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
    clusterFor: endpointsOf(clusters, route),
    signal: stopped.signal,
    ...(tokenLifetimeMs !== undefined && { tokenLifetimeMs }),
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
    stop: () => stopped.abort(),
  };
}

const FIELD_MANAGER = "platform-stand-in";

// One client for each API server, however often it is asked for: a client keeps connections.
function endpointsOf(
  clusters: PlayedClusters,
  route: Route = (_purpose, address) => Promise.resolve(address),
): (purpose: string, request: Obj) => Promise<ClusterEndpoint> {
  const endpoints = new WeakMap<RealApiServer, ClusterEndpoint>();
  return async (purpose, request) => {
    const server = await serverFor(clusters, purpose, request);
    const known = endpoints.get(server);
    if (known !== undefined) {
      return known;
    }
    const client = connectAsAdmin(server, FIELD_MANAGER);
    const endpoint = { ...(await route(purpose, { server: server.server, caPem: server.caPem })), client };
    endpoints.set(server, endpoint);
    return endpoint;
  };
}

async function serverFor(clusters: PlayedClusters, purpose: string, { metadata }: Obj): Promise<RealApiServer> {
  switch (purpose) {
    case "platform":
      return clusters.platform;
    case "onboarding":
      return clusters.onboarding;
    case "workload":
      return clusters.controlPlanes.workload();
    default: {
      const found = clusters.controlPlanes.inTenantNamespace(metadata.namespace ?? "");
      if (found === undefined) {
        throw new Error(`expected a control plane ordered from this ground in ${metadata.namespace}, found none`);
      }
      return found;
    }
  }
}
