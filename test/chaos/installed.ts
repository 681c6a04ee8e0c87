import type { Obj } from "../../sim/object.ts";
import { listAt, textAt } from "../../sim/value-at.ts";
import { isOwn } from "./own-objects.ts";
import type { Clusters } from "./stage.ts";

export const RELEASES = "helmreleases.helm.toolkit.fluxcd.io";
export const ACCESSES = "accessrequests.clusters.openmcp.cloud";

const SOURCES = "ocirepositories.source.toolkit.fluxcd.io";
const CLUSTER_REQUESTS = "clusterrequests.clusters.openmcp.cloud";
const DEPLOYMENTS = "deployments.apps";

/** The provider's objects in a tenant's namespace on the platform cluster. */
export function ownIn(clusters: Clusters, namespace: string): readonly Obj[] {
  return [RELEASES, SOURCES, ACCESSES, "secrets"]
    .flatMap((collection) => storedOn(clusters, "platform", collection))
    .filter((object) => object.metadata.namespace === namespace && isOwn(object));
}

/** Without its request a control plane exists for nobody any more. */
export function isAlive(clusters: Clusters, namespace: string): boolean {
  return storedOn(clusters, "platform", CLUSTER_REQUESTS).some(
    ({ metadata, ...request }) => metadata.namespace === namespace && textAt(request, "spec", "purpose") === "mcp",
  );
}

/** Whether anything of the toolkit is on a control plane. */
export function hasRelease(clusters: Clusters, namespace: string): boolean {
  return deploymentsOn(clusters, namespace).length > 0 || recordsOn(clusters, namespace).length > 0;
}

/** Whether Helm has begun to install the toolkit somewhere, and has not ended. */
export function isInstalling(clusters: Clusters): boolean {
  return [...clusters.keys()].some((cluster) =>
    recordsOn(clusters, cluster).some(({ metadata }) => metadata.labels?.["status"] === "pending-install"),
  );
}

/** What of the provider's is on a living control plane on which nothing shall be. */
export function leftOnControlPlane(clusters: Clusters, namespace: string): readonly string[] {
  if (!isAlive(clusters, namespace)) {
    return [];
  }
  return [
    ...(hasRelease(clusters, namespace) ? ["its release is orphaned on a living control plane"] : []),
    ...storedOn(clusters, namespace, "secrets")
      .filter(isOwn)
      .map(({ metadata }) => `Secret ${metadata.name} is left on its control plane`),
  ];
}

/** The version that runs on a control plane, or why none does. */
export function installedOn(clusters: Clusters, namespace: string): string {
  const newest = recordsOn(clusters, namespace).toSorted((left, right) => revisionOf(right) - revisionOf(left))[0];
  if (newest?.metadata.labels?.["status"] !== "deployed") {
    return newest?.metadata.labels?.["status"] ?? "nothing";
  }
  const [container] = listAt(deploymentsOn(clusters, namespace)[0], "spec", "template", "spec", "containers");
  return textAt(container, "image").split(":").at(-1) ?? "nothing";
}

function deploymentsOn(clusters: Clusters, namespace: string): readonly Obj[] {
  return storedOn(clusters, namespace, DEPLOYMENTS);
}

function recordsOn(clusters: Clusters, namespace: string): readonly Obj[] {
  return storedOn(clusters, namespace, "secrets").filter((secret) => secret["type"] === "helm.sh/release.v1");
}

function storedOn(clusters: Clusters, cluster: string, collection: string): readonly Obj[] {
  return clusters.get(cluster)?.api.objects(collection) ?? [];
}

function revisionOf({ metadata }: Obj): number {
  return Number(metadata.labels?.["version"]);
}
