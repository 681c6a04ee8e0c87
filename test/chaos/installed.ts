import type { Obj } from "../../sim/object.ts";
import { listAt, textAt } from "../../sim/value-at.ts";
import { RELEASE_NAME } from "../../src/ocm/names.ts";
import { isOwn } from "./own-objects.ts";
import type { Clusters } from "./stage.ts";

export const RELEASES = "helmreleases.helm.toolkit.fluxcd.io";
export const ACCESSES = "accessrequests.clusters.openmcp.cloud";

export const SOURCES = "ocirepositories.source.toolkit.fluxcd.io";
export const CLUSTER_REQUESTS = "clusterrequests.clusters.openmcp.cloud";
export const DEPLOYMENTS = "deployments.apps";

/** The provider's objects in a tenant's namespace on the platform cluster. */
export function ownIn(clusters: Clusters, namespace: string): readonly Obj[] {
  return [RELEASES, SOURCES, ACCESSES, CLUSTER_REQUESTS, "secrets"]
    .flatMap((collection) => storedOn(clusters, "platform", collection))
    .filter((object) => object.metadata.namespace === namespace && isOwn(object));
}

/** The cluster that the platform lends for workload. It is one, so that one tenant at a time has it. */
export const WORKLOAD = "workload";

/** Without its request a control plane exists for nobody any more; a workload cluster is there for the next one. */
export function isAlive(clusters: Clusters, cluster: string): boolean {
  return cluster === WORKLOAD || isRequested(clusters, cluster, "mcp");
}

function isRequested(clusters: Clusters, namespace: string, purpose: string): boolean {
  return requesters(clusters, purpose).includes(namespace);
}

function requesters(clusters: Clusters, purpose: string): readonly (string | undefined)[] {
  return storedOn(clusters, "platform", CLUSTER_REQUESTS)
    .filter((request) => textAt(request, "spec", "purpose") === purpose)
    .map(({ metadata }) => metadata.namespace);
}

/** The clusters on which a tenant's toolkit may be, as far as they exist. */
function targetsOf(clusters: Clusters, namespace: string): readonly string[] {
  const isOfOther = requesters(clusters, "workload").some((requester) => requester !== namespace);
  const targets = isOfOther ? [namespace] : [namespace, WORKLOAD];
  return targets.filter((cluster) => clusters.has(cluster) && isAlive(clusters, cluster));
}

/** Whether anything of the toolkit is on a cluster that lives. */
export function hasRelease(clusters: Clusters, namespace: string): boolean {
  return targetsOf(clusters, namespace).some(
    (cluster) => deploymentsOn(clusters, cluster).length > 0 || recordsOn(clusters, cluster).length > 0,
  );
}

/** The HelmReleases of the toolkit in a namespace. Others have HelmReleases there, too. */
export function releasesIn(clusters: Clusters, namespace: string): readonly Obj[] {
  return storedOn(clusters, "platform", RELEASES).filter(
    (release) => release.metadata.namespace === namespace && isOfToolkit(release),
  );
}

/** Whether a HelmRelease installs the toolkit. */
export function isOfToolkit(release: Obj): boolean {
  return textAt(release, "spec", "releaseName") === RELEASE_NAME;
}

/** Name of the Secret with the kubeconfig that a HelmRelease works with. */
export function kubeconfigOf(release: Obj): string {
  return textAt(release, "spec", "kubeConfig", "secretRef", "name");
}

/** What is installed for a tenant, by the newest record of Helm and the Deployments: another text after each change. */
export function installationOf(clusters: Clusters, namespace: string): string {
  const installed = targetsOf(clusters, namespace).map((cluster) => ({
    record: newestRecordOn(clusters, cluster)?.metadata.uid,
    deployments: deploymentsOn(clusters, cluster).map(({ metadata }) => [metadata.uid, metadata.generation]),
  }));
  return JSON.stringify(installed.filter(({ record }) => record !== undefined));
}

/** The Deployments that run for a tenant, by UID. */
export function deploymentsOf(clusters: Clusters, namespace: string): readonly string[] {
  return targetsOf(clusters, namespace).flatMap((cluster) =>
    deploymentsOn(clusters, cluster).map(({ metadata }) => metadata.uid ?? ""),
  );
}

/** Whether Helm has begun to install the toolkit somewhere, and has not ended. */
export function isInstalling(clusters: Clusters): boolean {
  return [...clusters.keys()].some((cluster) =>
    recordsOn(clusters, cluster).some(({ metadata }) => metadata.labels?.["status"] === "pending-install"),
  );
}

/** What of the provider's is on a living cluster on which nothing shall be. */
export function leftOnTarget(clusters: Clusters, namespace: string): readonly string[] {
  return [
    ...(hasRelease(clusters, namespace) ? ["its release is orphaned on a living cluster"] : []),
    ...targetsOf(clusters, namespace)
      .flatMap((cluster) => storedOn(clusters, cluster, "secrets").filter(isOwn))
      .map(({ metadata }) => `Secret ${metadata.name} is left on its cluster`),
  ];
}

/** The version that runs for a tenant, or why none does. */
export function installedFor(clusters: Clusters, namespace: string): string {
  const installed = [namespace, WORKLOAD].map((cluster) => installedOn(clusters, cluster));
  return installed.find((version) => version !== "nothing") ?? "nothing";
}

/** The same, whatever has become of the last attempt to upgrade. */
export function runningFor(clusters: Clusters, namespace: string): string {
  const running = [namespace, WORKLOAD].map((cluster) =>
    recordsOn(clusters, cluster).length > 1 ? imageOn(clusters, cluster) : installedOn(clusters, cluster),
  );
  return running.find((version) => version !== "nothing") ?? "nothing";
}

function installedOn(clusters: Clusters, cluster: string): string {
  const status = newestRecordOn(clusters, cluster)?.metadata.labels?.["status"];
  return status === "deployed" ? imageOn(clusters, cluster) : (status ?? "nothing");
}

function imageOn(clusters: Clusters, cluster: string): string {
  const [container] = listAt(deploymentsOn(clusters, cluster)[0], "spec", "template", "spec", "containers");
  return textAt(container, "image").split(":").at(-1) ?? "nothing";
}

function newestRecordOn(clusters: Clusters, cluster: string): Obj | undefined {
  return recordsOn(clusters, cluster).toSorted((left, right) => revisionOf(right) - revisionOf(left))[0];
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
