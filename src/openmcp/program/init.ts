import { installCrds } from "../platform/crds.ts";
import type { ProvidedResource, TokenAccess } from "../platform/kinds.ts";
import { openOnboardingAccess, type OnboardingAccess } from "../platform/onboarding-access.ts";
import { findDroppedKinds, refuseToStrand, register } from "../platform/registration.ts";
import { applyUserRoles, grantedRules, rulesOnRoles, type UserKinds } from "../platform/user-roles.ts";
import { controllersOf, servedResources } from "../service/definition.ts";
import { runRights } from "../service/rights.ts";
import type { CommandContext, Program } from "../command/command.ts";
import { onboardingOptions, openWorkplace, type Workplace } from "../command/workplace.ts";
import type { Options } from "./options.ts";

const CRD_TIMEOUT_MS = 2 * 60_000;
const REGISTRATION_TIMEOUT_MS = 5 * 60_000;

/**
 * Prepares the clusters for `run`: CRDs on the onboarding and the platform cluster, ClusterRoles for users, and at last
 * the registration.
 *
 * May be repeated at any time. Rejects on any failure, and then has not registered. Changes neither CRD nor registration
 * while objects exist of a kind that would lose its registration.
 */
export async function init(options: Options, context: CommandContext): Promise<void> {
  const workplace = await openWorkplace(options, context);
  const { platform, log, program, signal } = workplace;
  const { providerName } = options;
  const served = servedResources(program).map(({ resource }) => resource);
  const resources = served.map(({ group, version, kind }) => ({ group, version, kind }));
  const dropped = await findDroppedKinds({ platform, providerName }, resources, signal);
  const onboarding = await openOnboarding(workplace, "onboarding-init", dropped);
  await refuseToStrand(onboarding.client, dropped, signal);
  const shared = { crds: program.crds, fieldManager: program.name, timeoutMs: CRD_TIMEOUT_MS };
  await installCrds({ ...shared, client: onboarding.client, cluster: "onboarding" }, workplace);
  await applyUserRoles(onboarding.client, { kinds: userKinds(program), fieldManager: program.name }, workplace);
  await installCrds({ ...shared, client: platform, cluster: "platform" }, workplace);
  await register({ platform, providerName, resources, timeoutMs: REGISTRATION_TIMEOUT_MS }, workplace);
  log.info("the clusters are prepared and the provider is registered");
  await Promise.all([onboarding.close(), workplace.close()]);
}

/**
 * Waits for the provider's access to the onboarding cluster, with the rights that a command needs, and opens it.
 *
 * `dropped` are the kinds that lose their registration.
 */
export function openOnboarding(
  workplace: Workplace,
  localName: "onboarding-init" | "onboarding-run",
  dropped: readonly ProvidedResource[] = [],
): Promise<OnboardingAccess> {
  const { program } = workplace;
  const token = localName === "onboarding-init" ? initRights(program, dropped) : runRights(program);
  return openOnboardingAccess(onboardingOptions(workplace, { localName, token }), workplace);
}

/** What the rights on the onboarding cluster depend on. */
type RightsOf = Pick<Program, "name" | "resource" | "configResource" | "earlier" | "controller" | "admission">;

/** The kinds that users may be given rights on. */
function userKinds(program: RightsOf): UserKinds {
  const { resource, earlier = [], admission } = program;
  return {
    written: [resource, ...earlier.map((kinds) => kinds.resource)],
    ...(admission !== undefined && { known: admission.parameters }),
    controller: controllersOf(program)[0],
  };
}

/**
 * What `init` may do on the onboarding cluster: install the CRDs of the provider's objects, give users rights on these,
 * and look for objects of the kinds that lose their registration.
 */
export function initRights(program: RightsOf, dropped: readonly ProvidedResource[] = []): TokenAccess {
  const kinds = userKinds(program);
  const crds = { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"] };
  const onOnboarding = [...kinds.written, ...(kinds.known === undefined ? [] : [kinds.known])];
  const crdNames = onOnboarding.map(({ plural, group }) => `${plural}.${group}`);
  return {
    permissions: [
      {
        rules: [
          // A watch and a creation cannot be limited to one name on every API server.
          { ...crds, verbs: ["list", "watch", "create"] },
          { ...crds, resourceNames: crdNames, verbs: ["patch"] },
          ...rulesOnRoles(kinds),
          // Nobody can give rights that they do not have. The right to escalate would do too, and put any rule into these
          // roles, which the API server adds to those of every user.
          ...grantedRules(kinds),
          // The registration does not tell the plural, which a rule needs.
          ...dropped.map(({ group }) => ({ apiGroups: [group], resources: ["*"], verbs: ["list"] })),
        ],
      },
    ],
  };
}
