import { refOf, type SimClient } from "../../sim/client.ts";
import type { Obj } from "../../sim/object.ts";
import { tenantNamespace } from "../../src/openmcp/platform/names.ts";
import { ref } from "../support/kinds.ts";
import { POD_NAMESPACE } from "../support/world.ts";
import { TENANTS } from "./tenants.ts";
import type { Rules } from "./rules.ts";
import type { Stage } from "./stage.ts";

/** Puts objects of others where the provider works, if they are not there. */
export async function plant(world: Stage, rules: Rules): Promise<void> {
  const secret = { apiVersion: "v1", kind: "Secret", type: "Opaque", data: { key: "Zm9yZWlnbiBzZWNyZXQgdmFsdWU=" } };
  const { platform, onboarding } = world.ground;
  await put(onboarding.client, { apiVersion: "v1", kind: "Namespace", metadata: { name: "project-foreign" } });
  const inOnboarding = await put(onboarding.client, {
    ...secret,
    metadata: { name: "sp-ocm-foreign", namespace: "project-foreign" },
  });
  rules.foreign("onboarding", "secrets", inOnboarding);
  const ofOperator = await put(platform.client, {
    ...secret,
    metadata: { name: "sp-ocm-foreign", namespace: POD_NAMESPACE },
  });
  rules.foreign("platform", "secrets", ofOperator);
  // Not for every tenant: the provider has to make a tenant's namespace, too.
  for (const { name, namespace } of [TENANTS.one, TENANTS.three]) {
    const tenant = tenantNamespace(name, namespace);
    await put(platform.client, { apiVersion: "v1", kind: "Namespace", metadata: { name: tenant } });
    const labels = { "openmcp.cloud/managed-by": "another.services.openmcp.cloud" };
    const copy = await put(platform.client, {
      ...secret,
      metadata: { name: "sp-ocm-foreign", namespace: tenant, labels },
    });
    rules.foreign("platform", "secrets", copy);
    const { apiVersion, kind } = ref("helmRelease", "foreign");
    const chartRef = { kind: "OCIRepository", name: "foreign", namespace: tenant };
    const release = {
      apiVersion,
      kind,
      metadata: { name: "foreign", namespace: tenant },
      spec: { interval: "1m", suspend: true, chartRef },
    };
    rules.foreign("platform", "helmreleases.helm.toolkit.fluxcd.io", await put(platform.client, release));
  }
}

async function put(client: SimClient, object: Obj): Promise<Obj> {
  return (await client.find(refOf(object))) ?? client.create(object);
}
