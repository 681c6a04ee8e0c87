import type { Obj } from "../../sim/object.ts";
import type { ClusterEndpoint } from "../../sim/platform/platform-context.ts";
import type { Route } from "../ground.ts";
import type { RealApiServer } from "./api-server.ts";
import { connectAsAdmin } from "./connect-as-admin.ts";
import type { ControlPlanes } from "./control-planes.ts";
import { signToken } from "./sign-token.ts";

/** Who writes what a cluster provider writes. */
export const FIELD_MANAGER = "platform-stand-in";

/** Clusters that are there for everybody. */
export type SharedClusters = {
  readonly platform: RealApiServer;
  readonly onboarding: RealApiServer;
  readonly controlPlanes: Pick<ControlPlanes, "workload">;
};

/** The cluster of a purpose that all requests share; `undefined` for a purpose that gets a cluster for each request. */
export function sharedServer(clusters: SharedClusters, purpose: string): Promise<RealApiServer> | undefined {
  switch (purpose) {
    case "platform":
      return Promise.resolve(clusters.platform);
    case "onboarding":
      return Promise.resolve(clusters.onboarding);
    case "workload":
      return clusters.controlPlanes.workload();
    default:
      return undefined;
  }
}

/**
 * Tells how each cluster is reached, given who finds its server by purpose and by the namespace of the ClusterRequest.
 *
 * One client for each API server, however often it is asked for: a client keeps connections.
 */
export function endpointsOf(
  serverFor: (purpose: string, namespace: string) => Promise<RealApiServer>,
  route: Route = (_purpose, address) => Promise.resolve(address),
): (purpose: string, request: Obj) => Promise<ClusterEndpoint> {
  const endpoints = new WeakMap<RealApiServer, ClusterEndpoint>();
  return async (purpose, { metadata }) => {
    const server = await serverFor(purpose, metadata.namespace ?? "");
    const known = endpoints.get(server);
    if (known !== undefined) {
      return known;
    }
    const client = connectAsAdmin(server, FIELD_MANAGER);
    const endpoint: ClusterEndpoint = {
      ...(await route(purpose, { server: server.server, caPem: server.caPem })),
      client,
      issueShortToken: (account, lifetimeMs) =>
        signToken({ client, keyPath: server.serviceAccountKeyPath }, account, lifetimeMs),
    };
    endpoints.set(server, endpoint);
    return endpoint;
  };
}
