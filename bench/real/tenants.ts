import { providerConfig, PULL_SECRET, pullSecret, POD_NAMESPACE, ocm } from "../../test/support/world.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import type { StageReady } from "./servers.ts";
import { inParallel, LeanClient } from "./lean-client.ts";

/** Group and version in a path. */
export type ServiceGroup = `${string}/${string}`;

/** Where all about one tenant lies. */
export type TenantPlace = {
  readonly name: string;
  /** On the onboarding cluster. */
  readonly workspace: string;
  /** On the platform cluster. */
  readonly namespace: string;
};

/** Name of each Secret with a kubeconfig. */
export const ACCESS_SECRET = "access.kubeconfig";

/** Group of the OCM objects. */
export const OCM_GROUP: ServiceGroup = "ocm.services.openmcp.cloud/v1alpha1";

/** Version that each tenant wants. */
const VERSION = "0.4.0";
const WORKSPACE = "project-bench--ws-tenants";
/** Workspace of the first tenant: an audit policy tells it from all others, and notes the bodies of its writes. */
const SAMPLE_WORKSPACE = "project-bench--ws-sample";
const AT_A_TIME = 32;

/** Names tenants; the first is the sample. */
export function tenantPlaces(count: number): readonly [TenantPlace, ...TenantPlace[]] {
  const others = Array.from({ length: count - 1 }, (_, index) => placeOf(index + 1, WORKSPACE));
  return [placeOf(0, SAMPLE_WORKSPACE), ...others];
}

function placeOf(index: number, workspace: string): TenantPlace {
  const name = `mcp-${String(index).padStart(6, "0")}`;
  return { name, workspace, namespace: tenantNamespace(name, workspace) };
}

/** Creates what the platform and its operator have created before anybody orders: not part of any measurement. */
export async function preparePlatform({ kubeconfigs }: StageReady, places: readonly TenantPlace[]): Promise<void> {
  const platform = new LeanClient(kubeconfigs.platform, AT_A_TIME);
  const onboarding = new LeanClient(kubeconfigs.onboarding, AT_A_TIME);
  for (const name of [WORKSPACE, SAMPLE_WORKSPACE]) {
    await onboarding.create("/api/v1/namespaces", { metadata: { name } });
  }
  const secret = secretWith(kubeconfigs.mcp);
  await platform.create(`/api/v1/namespaces/${POD_NAMESPACE}/secrets`, secretWith(kubeconfigs.onboarding));
  await inParallel(places, AT_A_TIME, async ({ name, workspace, namespace }) => {
    const labels = { "core.openmcp.cloud/mcp-name": name, "core.openmcp.cloud/mcp-namespace": workspace };
    await platform.create("/api/v1/namespaces", { metadata: { name: namespace, labels } });
    await platform.create(`/api/v1/namespaces/${namespace}/secrets`, secret);
    await platform.create(`/apis/clusters.openmcp.cloud/v1alpha1/namespaces/${namespace}/clusterrequests`, {
      apiVersion: "clusters.openmcp.cloud/v1alpha1",
      kind: "ClusterRequest",
      metadata: { name, namespace, labels },
      spec: { purpose: "mcp", waitForClusterDeletion: true },
    });
  });
}

function secretWith(kubeconfig: string): object {
  return { metadata: { name: ACCESS_SECRET }, data: { kubeconfig: Buffer.from(kubeconfig).toString("base64") } };
}

/** Creates the operator's pull secret and the ProviderConfig. */
export async function configureProvider(platform: LeanClient): Promise<void> {
  await platform.create(`/api/v1/namespaces/${POD_NAMESPACE}/secrets`, pullSecret('{"auths":{}}'));
  const spec = { chartURL: "registry.example.com/chart", imagePullSecret: { name: PULL_SECRET }, values: {} };
  await platform.create(`/apis/${OCM_GROUP}/providerconfigs`, providerConfig(spec));
}

/** Creates the OCM object of each tenant. */
export async function orderAll(onboarding: LeanClient, places: readonly TenantPlace[]): Promise<void> {
  await inParallel(places, AT_A_TIME, (place) => onboarding.create(pathOfOcms(place), ocmOf(place)));
}

/** Deletes the OCM object of each tenant. */
export async function deleteAll(onboarding: LeanClient, places: readonly TenantPlace[]): Promise<void> {
  await inParallel(places, AT_A_TIME, async (place) => {
    await onboarding.ask({ method: "DELETE", path: `${pathOfOcms(place)}/${place.name}` }, 404);
  });
}

function pathOfOcms({ workspace }: TenantPlace): string {
  return `/apis/${OCM_GROUP}/namespaces/${workspace}/ocms`;
}

function ocmOf({ name, workspace }: TenantPlace): object {
  return ocm({ name, namespace: workspace }, VERSION);
}
