import type { KindRef } from "../../../sim/resource-paths.ts";
import { kindOf, type KindName } from "../../support/kinds.ts";
import type { ClusterKind } from "../faults.ts";
import { configsOf, GROUPS, ocmsOf } from "../groups.ts";
import type { Collections } from "./mirror.ts";

/** What is looked at on each kind of cluster. */
export const COLLECTIONS: Readonly<Record<ClusterKind, Collections>> = {
  platform: {
    "accessrequests.clusters.openmcp.cloud": kindOf("accessRequest"),
    "clusterrequests.clusters.openmcp.cloud": kindOf("clusterRequest"),
    events: kindOf("event"),
    "helmreleases.helm.toolkit.fluxcd.io": kindOf("helmRelease"),
    "leases.coordination.k8s.io": kindOf("lease"),
    namespaces: kindOf("namespace"),
    "ocirepositories.source.toolkit.fluxcd.io": kindOf("ociRepository"),
    ...Object.fromEntries(GROUPS.map((group) => [configsOf(group), inGroup("providerConfig", group)])),
    secrets: kindOf("secret"),
  },
  onboarding: {
    events: kindOf("event"),
    namespaces: kindOf("namespace"),
    ...Object.fromEntries(GROUPS.map((group) => [ocmsOf(group), inGroup("ocm", group)])),
    secrets: kindOf("secret"),
  },
  mcp: {
    "deployments.apps": kindOf("deployment"),
    events: kindOf("event"),
    "repositories.delivery.ocm.software": kindOf("repository"),
    secrets: kindOf("secret"),
  },
};

function inGroup(name: KindName, group: string): KindRef {
  const { apiVersion, kind } = kindOf(name);
  return { apiVersion: apiVersion.replace(/^[^/]+/u, group), kind };
}
