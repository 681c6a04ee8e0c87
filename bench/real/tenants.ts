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
  /** What is special about the tenant: a control plane that never answers, or a user who never rests. */
  readonly trouble?: "mute" | "noisy" | undefined;
};

/** Tenants that others must not notice. */
export type Troubles = {
  /** How many of a hundred have a control plane that accepts connections and never answers. */
  readonly mutePercent: number;
  /** Whether one is edited all the time. */
  readonly noisy: boolean;
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
const EDIT_EVERY_MS = 50;

/** Names tenants; the first is the sample, and like most. */
export function tenantPlaces(
  count: number,
  { mutePercent, noisy }: Troubles = { mutePercent: 0, noisy: false },
): readonly [TenantPlace, ...TenantPlace[]] {
  const troubleOf = (index: number): TenantPlace["trouble"] => {
    if (noisy && index === count - 1) {
      return "noisy";
    }
    const isMute = Math.floor((index * mutePercent) / 100) > Math.floor(((index - 1) * mutePercent) / 100);
    return isMute ? "mute" : undefined;
  };
  const others = Array.from({ length: count - 1 }, (_, index) => ({
    ...placeOf(index + 1, WORKSPACE),
    trouble: troubleOf(index + 1),
  }));
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
  const secrets = { answering: secretWith(kubeconfigs.mcp), mute: secretWith(kubeconfigs.mute) };
  await platform.create(`/api/v1/namespaces/${POD_NAMESPACE}/secrets`, secretWith(kubeconfigs.onboarding));
  await inParallel(places, AT_A_TIME, async ({ name, workspace, namespace, trouble }) => {
    const labels = { "core.openmcp.cloud/mcp-name": name, "core.openmcp.cloud/mcp-namespace": workspace };
    await platform.create("/api/v1/namespaces", { metadata: { name: namespace, labels } });
    await platform.create(
      `/api/v1/namespaces/${namespace}/secrets`,
      secrets[trouble === "mute" ? "mute" : "answering"],
    );
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

/** Creates the operator's pull secret and the ProviderConfig, which distributes the tenants to these shards. */
export async function configureProvider(platform: LeanClient, shards: readonly string[]): Promise<void> {
  await platform.create(`/api/v1/namespaces/${POD_NAMESPACE}/secrets`, pullSecret('{"auths":{}}'));
  const chart = { chartURL: "registry.example.com/chart", imagePullSecret: { name: PULL_SECRET } };
  const spec = { ...chart, values: {}, ...(shards.length > 0 && { shards }) };
  await platform.create(`/apis/${OCM_GROUP}/providerconfigs`, providerConfig(spec));
}

/** Creates the OCM object of each tenant. */
export async function orderAll(onboarding: LeanClient, places: readonly TenantPlace[]): Promise<void> {
  await inParallel(places, AT_A_TIME, (place) => onboarding.create(pathOfOcms(place), ocmOf(place)));
}

/** Edits the OCM object of a tenant 20 times a second, each time to another version, until it is told to stop. */
export function editWithoutRest(onboarding: LeanClient, place: TenantPlace): Disposable {
  let edits = 0;
  const timer = setInterval(() => {
    edits += 1;
    void onboarding.merge(`${pathOfOcms(place)}/${place.name}`, { spec: { version: `0.4.${edits % 2}` } });
  }, EDIT_EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
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
