import type { ControlPlaneRef } from "../../ground/ground.ts";
import type { SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { textAt } from "../../sim/value-at.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { CURRENT_GROUP, EARLIER_GROUP, kindOf, ocmRef } from "./kinds.ts";
import type { ServiceObj } from "./ocm-status.ts";
import { POD_NAMESPACE } from "./world.ts";

/** The clusters on which one tenant's installation lies, each with an administrator's client. */
export type Sites = {
  readonly plane: ControlPlaneRef;
  readonly platform: SimClient;
  readonly onboarding: SimClient;
  /** The cluster that the toolkit is installed on; absent once it is removed. */
  readonly target?: SimClient;
};

/** The parts of an installation that stay the same for as long as nobody uninstalls, installs or upgrades anything. */
export type Installation = {
  /** HelmReleases of the toolkit with their UIDs. */
  readonly releases: readonly string[];
  /** Helm's records on the target, with their states and UIDs. */
  readonly revisions: readonly string[];
  /** Deployments of the toolkit with their UIDs and generations. */
  readonly deployments: readonly string[];
};

const TOOLKIT_RELEASE = "ocm-k8s-toolkit";
const TOOLKIT_NAMESPACE = "ocm-k8s-toolkit-system";
const TENANT_KINDS = ["helmRelease", "ociRepository", "accessRequest", "clusterRequest", "secret"] as const;
const CONTROLLERS = [EARLIER_GROUP, CURRENT_GROUP] as const;

/** Reads the installation of a tenant. */
export async function installationOf(sites: Sites): Promise<Installation> {
  const { target } = sites;
  const [releases, records, deployments] = await Promise.all([
    toolkitReleases(sites),
    target === undefined ? [] : helmRecords(target),
    target?.list(kindOf("deployment", TOOLKIT_NAMESPACE)) ?? [],
  ]);
  return {
    releases: releases.map(({ metadata }) => `${metadata.name} ${metadata.uid}`).toSorted(),
    revisions: records.map(({ metadata }) => `v${metadata.labels?.["version"]} ${metadata.labels?.["status"]}`),
    deployments: deployments.map(({ metadata }) => `${metadata.name} ${metadata.uid} ${metadata.generation}`),
  };
}

/** Names what is in a tenant's namespace of the kinds that the provider, or its predecessor, makes. */
export async function inTenantNamespace({
  plane,
  platform,
}: Pick<Sites, "plane" | "platform">): Promise<readonly string[]> {
  const lists = await Promise.all(TENANT_KINDS.map((kind) => platform.list(kindOf(kind, namespaceOf(plane)))));
  return lists.flat().map(labelOf).toSorted();
}

/** What is left of a tenant on any of the clusters; `before` is what was in the tenant's namespace at first. */
export async function leftOf(sites: Sites, before: readonly string[]): Promise<readonly string[]> {
  const { target } = sites;
  return [
    ...(await ordersOf(sites)).map((order) => `${order.apiVersion} ${labelOf(order)}`),
    ...(await inTenantNamespace(sites)).filter((name) => !before.includes(name)),
    ...(target === undefined ? [] : await leftOnTarget(target)),
  ];
}

/** The OCM objects of a tenant, of each API group that the API server serves. */
export async function ordersOf({
  plane,
  onboarding,
}: Pick<Sites, "plane" | "onboarding">): Promise<readonly ServiceObj[]> {
  const found = await Promise.all(
    CONTROLLERS.map(async (group) => {
      const order = ocmRef({ ...plane, group });
      return (await onboarding.serves(order)) ? onboarding.find<ServiceObj>(order) : undefined;
    }),
  );
  return found.filter((order) => order !== undefined);
}

/** What the Go provider has requested for itself since its group was renamed, as far as it is there. */
export async function goRequestsOf(platform: SimClient): Promise<readonly string[]> {
  const labelSelector = `openmcp.cloud/managed-by=${CURRENT_GROUP}`;
  const lists = await Promise.all(
    (["accessRequest", "clusterRequest"] as const).map((kind) =>
      platform.list(kindOf(kind, POD_NAMESPACE), { labelSelector }),
    ),
  );
  return lists.flat().map(labelOf).toSorted();
}

/** Names of the Secrets by which a tenant's HelmReleases of the toolkit reach their target. */
export async function kubeconfigsOf(sites: Pick<Sites, "plane" | "platform">): Promise<readonly string[]> {
  const releases = await toolkitReleases(sites);
  return releases.map((release) => textAt(release, "spec", "kubeConfig", "secretRef", "name"));
}

/** The AccessRequests for a tenant that this provider has made, or a predecessor. */
export async function accessesOf({ plane, platform }: Pick<Sites, "plane" | "platform">): Promise<readonly string[]> {
  const labelSelector = `openmcp.cloud/managed-by in (${CONTROLLERS.join(",")}),openmcp.cloud/onboarding-name=${plane.name}`;
  const requests = await platform.list(kindOf("accessRequest", namespaceOf(plane)), { labelSelector });
  return requests.map(({ metadata }) => metadata.name).toSorted();
}

async function toolkitReleases({ plane, platform }: Pick<Sites, "plane" | "platform">): Promise<readonly Obj[]> {
  const releases = await platform.list(kindOf("helmRelease", namespaceOf(plane)));
  return releases.filter((release) => textAt(release, "spec", "releaseName") === TOOLKIT_RELEASE);
}

async function helmRecords(target: SimClient): Promise<readonly Obj[]> {
  const secrets = await target.list(kindOf("secret", TOOLKIT_NAMESPACE), { labelSelector: "owner=helm" });
  return secrets.toSorted((left, right) => revisionOf(left) - revisionOf(right));
}

function revisionOf({ metadata }: Obj): number {
  return Number(metadata.labels?.["version"]);
}

async function leftOnTarget(target: SimClient): Promise<readonly string[]> {
  const labelSelector = `openmcp.cloud/managed-by in (${CONTROLLERS.join(",")})`;
  const [deployments, records, secrets] = await Promise.all([
    target.list(kindOf("deployment", TOOLKIT_NAMESPACE)),
    helmRecords(target),
    target.list(kindOf("secret"), { labelSelector }),
  ]);
  return [...deployments, ...records, ...secrets].filter(isStaying).map((object) => `${labelOf(object)} on the target`);
}

// A real cluster without its controllers keeps what has been deleted in the foreground.
function isStaying({ metadata }: Obj): boolean {
  return metadata.deletionTimestamp === undefined;
}

function labelOf({ kind, metadata }: Obj): string {
  return `${kind} ${metadata.name}`;
}

function namespaceOf({ name, namespace }: ControlPlaneRef): string {
  return tenantNamespace(name, namespace);
}
