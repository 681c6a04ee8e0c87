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
/** The one to which a noisy tenant changes back and forth. */
const OTHER_VERSION = "0.4.1";
/** Version that is installed with a Secret on the control plane, so that the provider visits it all the time. */
const VISITED_VERSION = "0.5.0";
const IMAGE_SECRET = "images";
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

/** The same tenants, as they are when nothing is special about them. */
export function calmed([first, ...others]: readonly [TenantPlace, ...TenantPlace[]]): readonly [
  TenantPlace,
  ...TenantPlace[],
] {
  const calm = (place: TenantPlace): TenantPlace => ({ ...place, trouble: undefined });
  return [calm(first), ...others.map(calm)];
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

/** Has the control planes of these tenants fall mute that are said to be: they get the kubeconfigs of such. */
export async function muteControlPlanes({ kubeconfigs }: StageReady, places: readonly TenantPlace[]): Promise<void> {
  const platform = new LeanClient(kubeconfigs.platform, AT_A_TIME);
  const mute = places.filter(({ trouble }) => trouble === "mute");
  await inParallel(mute, AT_A_TIME, ({ namespace }) =>
    platform.merge(`/api/v1/namespaces/${namespace}/secrets/${ACCESS_SECRET}`, secretWith(kubeconfigs.mute)),
  );
}

/** What the ProviderConfig says beside the chart. */
export type Configuration = {
  /** The tenants are distributed to these. */
  readonly shards: readonly string[];
  /** Whether there is a version for which the provider keeps a Secret on the control plane. */
  readonly hasVisits: boolean;
};

/** Creates the operator's Secrets and the ProviderConfig. */
export async function configureProvider(platform: LeanClient, { shards, hasVisits }: Configuration): Promise<void> {
  for (const name of [PULL_SECRET, IMAGE_SECRET]) {
    await platform.create(`/api/v1/namespaces/${POD_NAMESPACE}/secrets`, pullSecret('{"auths":{}}', name));
  }
  const chart = { chartURL: "registry.example.com/chart", imagePullSecret: { name: PULL_SECRET } };
  const visited = { version: VISITED_VERSION, values: { manager: { imagePullSecrets: [{ name: IMAGE_SECRET }] } } };
  const versions = [{ version: VERSION }, { version: OTHER_VERSION }, visited];
  const spec = { ...chart, values: {}, ...(shards.length > 0 && { shards }), ...(hasVisits && { versions }) };
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
    void onboarding.merge(`${pathOfOcms(place)}/${place.name}`, {
      spec: { version: edits % 2 === 0 ? VERSION : OTHER_VERSION },
    });
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

function ocmOf({ name, workspace, trouble }: TenantPlace): object {
  return ocm({ name, namespace: workspace }, trouble === "mute" ? VISITED_VERSION : VERSION);
}
