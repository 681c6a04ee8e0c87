import { ocmCrd, providerConfigCrd } from "../ocm/api/crds.inlined.ts";
import { OCM_GROUP, OCM_VERSION } from "../ocm/api/group.ts";
import { ocms } from "../ocm/api/objects.ts";
import { FIELD_MANAGER } from "../ocm/field-manager.ts";
import { installCrds } from "../openmcp/platform/crds.ts";
import { register } from "../openmcp/platform/registration.ts";
import type { CommandContext } from "./command-context.ts";
import { initRights } from "./onboarding-rights.ts";
import { openOnboarding } from "./open-onboarding.ts";
import type { Options } from "./options.ts";
import { openWorkplace } from "./workplace.ts";

const CRD_TIMEOUT_MS = 2 * 60_000;
const REGISTRATION_TIMEOUT_MS = 5 * 60_000;

/**
 * Prepares the clusters for `run`: CRDs on the onboarding and the platform cluster, and at last the registration.
 *
 * May be repeated at any time. Rejects on any failure, and then has not registered.
 */
export async function init(options: Options, context: CommandContext): Promise<void> {
  const workplace = await openWorkplace(options, context, undefined);
  const { platform, log } = workplace;
  const onboarding = await openOnboarding(workplace, { localName: "onboarding-init", token: initRights });
  const shared = { crds: [ocmCrd, providerConfigCrd], fieldManager: FIELD_MANAGER, timeoutMs: CRD_TIMEOUT_MS };
  await installCrds({ ...shared, client: onboarding.client, cluster: "onboarding" }, workplace);
  await installCrds({ ...shared, client: platform, cluster: "platform" }, workplace);
  await register(
    {
      platform,
      providerName: options.providerName,
      resources: [{ group: OCM_GROUP, version: OCM_VERSION, kind: ocms.kind }],
      timeoutMs: REGISTRATION_TIMEOUT_MS,
    },
    workplace,
  );
  log.info("the clusters are prepared and the provider is registered");
  await Promise.all([onboarding.close(), workplace.close()]);
}
