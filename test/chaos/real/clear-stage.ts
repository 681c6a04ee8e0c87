import { remove } from "../../../sim/stand-in/remove.ts";
import { ensure } from "../../../sim/stand-in/ensure.ts";
import { tenantNamespace } from "../../../src/openmcp/platform/names.ts";
import { CURRENT_GROUP, configRef, kindOf, ocmRef, ref } from "../../support/kinds.ts";
import { POD_NAMESPACE, providerConfig, PULL_SECRET, pullSecret } from "../../support/world.ts";
import { TENANTS, type TenantRef } from "../tenants.ts";
import { GROUPS, ocmsOf } from "../groups.ts";
import type { RealStage } from "./real-stage.ts";

const CLEAR_WITHIN_MS = 240_000;
const NOT_SAID = { values: null, versions: null, pollInterval: null };

/** Removes what lives leave behind, and has the operator want what he wanted at first. */
export async function clearStage(stage: RealStage): Promise<void> {
  await Promise.all(Object.values(TENANTS).map((tenant) => clearTenant(tenant, stage)));
  const { platform, charts } = stage.ground;
  const { chartURL, dockerConfigJson } = charts;
  for (const name of ["images", "second-login"]) {
    await remove(platform.client, ref("secret", name, POD_NAMESPACE));
  }
  await ensure(platform.client, pullSecret(dockerConfigJson));
  await platform.client.patchMerge(ref("secret", PULL_SECRET, POD_NAMESPACE), {
    data: { ".dockerconfigjson": Buffer.from(dockerConfigJson).toString("base64") },
  });
  await remove(platform.client, configRef(CURRENT_GROUP));
  const spec = { chartURL, imagePullSecret: { name: PULL_SECRET } };
  await ensure(platform.client, providerConfig(spec));
  await platform.client.patchMerge(ref("providerConfig", "ocm"), { spec: { ...spec, ...NOT_SAID } });
}

async function clearTenant(tenant: TenantRef, stage: RealStage): Promise<void> {
  const { name, namespace } = tenant;
  const { ground } = stage;
  const onPlatform = tenantNamespace(name, namespace);
  const mcp = ground.clusters.get(onPlatform)?.client;
  if (mcp !== undefined && (await mcp.serves(kindOf("repository")))) {
    await remove(mcp, ref("repository", "mine", "default"));
  }
  await Promise.all(GROUPS.map((group) => remove(ground.onboarding.client, ocmRef({ ...tenant, group }))));
  const isGone = (group: string): boolean =>
    stage.peek("onboarding", ocmsOf(group), `${namespace}/${name}`) === undefined;
  await stage.passUntil(() => GROUPS.every(isGone), CLEAR_WITHIN_MS);
  await ground.removeControlPlane(tenant);
  await remove(ground.platform.client, ref("namespace", onPlatform));
  await stage.passUntil(() => stage.peek("platform", "namespaces", onPlatform) === undefined, CLEAR_WITHIN_MS);
}
