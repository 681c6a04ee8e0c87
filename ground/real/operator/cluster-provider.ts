import { connectAsAdmin } from "../connect-as-admin.ts";
import { endpointsOf, FIELD_MANAGER, sharedServer } from "../cluster-endpoints.ts";
import type { PlayedClusters, PlayedPlatformOptions } from "../played-platform.ts";
import type { SimClient } from "../../../sim/client.ts";
import { systemSimClock } from "../../../sim/clock.ts";
import type { Obj } from "../../../sim/object.ts";
import { LOCAL } from "../../../sim/platform/cluster.ts";
import { startPlatform } from "../../../sim/platform/start-platform.ts";
import { ensure } from "../../../sim/stand-in/ensure.ts";
import type { Image } from "../../node/container.ts";
import { functionImage } from "../../node/function-image.ts";

/** Image of the cluster provider. */
export const CLUSTER_PROVIDER_IMAGE = "example.com/cluster-provider-local";

/** The object for which the operator runs the cluster provider. */
export const clusterProvider: Obj = {
  apiVersion: "openmcp.cloud/v1alpha1",
  kind: "ClusterProvider",
  metadata: { name: LOCAL },
  spec: { image: `${CLUSTER_PROVIDER_IMAGE}:v1`, verbosity: "INFO" },
};

const clusterProfile: Obj = {
  apiVersion: "clusters.openmcp.cloud/v1alpha1",
  kind: "ClusterProfile",
  metadata: { name: LOCAL },
  spec: {
    providerRef: { name: LOCAL },
    providerConfigRef: { name: LOCAL },
    supportedVersions: [{ version: "v1.36.3" }],
  },
};

/**
 * A cluster provider as the platform runs it: `init` makes its profile known, `run` answers Clusters and AccessRequests.
 *
 * Each Cluster for one request alone becomes an API server of its own, which ends with the Cluster.
 */
export function clusterProviderImage(clusters: PlayedClusters, options: PlayedPlatformOptions): Image {
  const platform = connectAsAdmin(clusters.platform, FIELD_MANAGER);
  return functionImage(async ([command], signal) => {
    if (command === "init") {
      await ensure(platform, clusterProfile);
      return 0;
    }
    run(platform, clusters, { ...options, signal });
    await untilAborted(signal);
    return 0;
  });
}

function run(
  platform: SimClient,
  clusters: PlayedClusters,
  options: PlayedPlatformOptions & { readonly signal: AbortSignal },
): void {
  const { controlPlanes } = clusters;
  const { route, decide, tokenLifetimeMs, renewTokensAfterMs, signal } = options;
  startPlatform({
    platform,
    clock: systemSimClock,
    clusterFor: endpointsOf(
      (purpose, namespace) => sharedServer(clusters, purpose) ?? controlPlanes.ensureIn(namespace),
      route,
    ),
    endCluster: ({ metadata }) => controlPlanes.stopIn(metadata.namespace ?? ""),
    signal,
    ...(tokenLifetimeMs !== undefined && { tokenLifetimeMs }),
    ...(renewTokensAfterMs !== undefined && { renewTokensAfterMs }),
    ...(decide !== undefined && { decide }),
  });
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
