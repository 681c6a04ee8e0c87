import { ref } from "../support/kinds.ts";
import { PULL_SECRET, POD_NAMESPACE, providerConfig } from "../support/world.ts";
import type { TenantRef } from "./tenants.ts";
import type { World } from "./world.ts";

/** What a tenant and the operator want, both together. */
export type SpecState = {
  readonly version: string;
  /** Fields of the ProviderConfig beside the chart's URL and the pull secret, or in their place. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly hasWrongLogin?: boolean;
  /** Nothing can come of it. What was installed before stays, so that only the reasons are those of a fresh start. */
  readonly isWrong?: boolean;
};

const images = { manager: { imagePullSecrets: [{ name: "second-login" }] } };
const stable = [{ version: "stable", chartVersion: "0.5.0" }];

/** States between which everybody may change at any time. */
export const SPEC_STATES: Readonly<Record<string, SpecState>> = {
  old: { version: "0.4.0" },
  new: { version: "0.5.0" },
  "old with values": { version: "0.4.0", config: { values: { manager: { concurrency: { resource: 7 } } } } },
  "new with values": { version: "0.5.0", config: { values: { manager: { replicas: 2 } } } },
  "another secret": { version: "0.5.0", config: { imagePullSecret: { name: "second-login" } } },
  "a secret on the control plane": { version: "0.4.0", config: { values: images } },
  "on offer": { version: "stable", config: { versions: stable } },
  "on offer without its v": { version: "v0.5.0", config: { versions: [{ version: "0.5.0" }] } },
  "rarely checked": { version: "0.4.0", config: { pollInterval: "7m" } },
  "not there": { version: "9.9.9", isWrong: true },
  "there without its v": { version: "v0.5.0", isWrong: true },
  "there with neither spelling": { version: "v9.9.9", isWrong: true },
  "latest, and no tag": { version: "latest", isWrong: true },
  "not on offer": { version: "0.4.1", config: { versions: stable }, isWrong: true },
  "wrong values": { version: "0.4.0", config: { values: { manager: { replicas: "many" } } }, isWrong: true },
  "wrong login": { version: "0.5.0", hasWrongLogin: true, isWrong: true },
  "no such secret": { version: "0.4.0", config: { imagePullSecret: { name: "nowhere" } }, isWrong: true },
  "wrong URL": { version: "0.4.0", config: { chartURL: "oci://registry.example.com/ocm/nothing" }, isWrong: true },
};

/** Has operator and tenant want something else, the operator first. */
export async function want(
  { version, config = {}, hasWrongLogin = false }: SpecState,
  tenant: TenantRef,
  world: World,
): Promise<void> {
  const { platform, onboarding, charts } = world.ground;
  const login = hasWrongLogin ? charts.wrongDockerConfigJson : charts.dockerConfigJson;
  const data = { ".dockerconfigjson": Buffer.from(login).toString("base64") };
  await platform.client.patchMerge(ref("secret", PULL_SECRET, POD_NAMESPACE), { data });
  const { metadata } = await platform.client.get(ref("providerConfig", "ocm"));
  const spec = { chartURL: charts.chartURL, imagePullSecret: { name: PULL_SECRET }, ...config };
  const wanted = providerConfig(spec);
  await platform.client.update({
    ...wanted,
    metadata: { ...wanted.metadata, resourceVersion: metadata.resourceVersion ?? "" },
  });
  await onboarding.client.patchMerge(ref("ocm", tenant.name, tenant.namespace), { spec: { version } });
}
