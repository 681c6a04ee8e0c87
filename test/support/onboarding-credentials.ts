import { systemSimClock } from "../../sim/clock.ts";
import type { Obj } from "../../sim/object.ts";
import { issueToken } from "../../sim/platform/access-token.ts";
import { secretNameFor } from "../../sim/platform/access-secret.ts";
import { requestName } from "../../src/openmcp/platform/names.ts";
import { readAccess } from "../../sandbox/connect.ts";
import type { ObjRef } from "../../sim/resource-paths.ts";
import { ref } from "./kinds.ts";
import { POD_NAMESPACE, type World } from "./world.ts";

type Secret = Obj & { readonly data: { readonly kubeconfig: string } };

const TOKEN_LIFETIME_MS = 3_600_000;

/** The running provider's request for the onboarding cluster. */
export const ONBOARDING_REQUEST: ObjRef = ref(
  "accessRequest",
  requestName("ocm.ocm.services.openmcp.cloud", "onboarding-run"),
  POD_NAMESPACE,
);

/** Token with which the running provider may use the onboarding cluster now. */
export async function onboardingToken(world: World): Promise<string> {
  return readAccess(await kubeconfigOf(world)).token;
}

/** Puts a new token into the provider's kubeconfig of the onboarding cluster, as the platform does before one expires. */
export async function renewOnboardingToken(world: World): Promise<string> {
  const request = await world.platform.get(ONBOARDING_REQUEST);
  const kubeconfig = await kubeconfigOf(world);
  const { token } = await issueToken({ client: world.onboarding }, request, {
    clock: systemSimClock,
    tokenLifetimeMs: TOKEN_LIFETIME_MS,
  });
  const renewed = kubeconfig.replace(readAccess(kubeconfig).token, token);
  await world.platform.patchMerge(await secretRef(world), {
    data: { kubeconfig: Buffer.from(renewed).toString("base64") },
  });
  return token;
}

async function kubeconfigOf(world: World): Promise<string> {
  const { data } = await world.platform.get<Secret>(await secretRef(world));
  return Buffer.from(data.kubeconfig, "base64").toString();
}

async function secretRef({ platform }: World): Promise<ObjRef> {
  return ref("secret", secretNameFor(await platform.get(ONBOARDING_REQUEST)), POD_NAMESPACE);
}
