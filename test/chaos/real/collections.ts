import type { ClusterKind } from "../faults.ts";
import type { Collections } from "./mirror.ts";

/** What is looked at on each kind of cluster. */
export const COLLECTIONS: Readonly<Record<ClusterKind, Collections>> = {
  platform: {
    "accessrequests.clusters.openmcp.cloud": "accessRequest",
    "clusterrequests.clusters.openmcp.cloud": "clusterRequest",
    events: "event",
    "helmreleases.helm.toolkit.fluxcd.io": "helmRelease",
    "leases.coordination.k8s.io": "lease",
    namespaces: "namespace",
    "ocirepositories.source.toolkit.fluxcd.io": "ociRepository",
    "providerconfigs.ocm.services.openmcp.cloud": "providerConfig",
    secrets: "secret",
  },
  onboarding: {
    events: "event",
    namespaces: "namespace",
    "ocms.ocm.services.openmcp.cloud": "ocm",
    secrets: "secret",
  },
  mcp: {
    "deployments.apps": "deployment",
    events: "event",
    "repositories.delivery.ocm.software": "repository",
    secrets: "secret",
  },
};
