import type { Resource } from "../../kube/resource.ts";
import { installCrds } from "../platform/crds.ts";
import type { TokenAccess } from "../platform/kinds.ts";
import { openOnboardingAccess, type OnboardingAccess } from "../platform/onboarding-access.ts";
import { register } from "../platform/registration.ts";
import { servedResources } from "../service/definition.ts";
import type { Options } from "./command-line.ts";
import { type CommandContext, openWorkplace, type Workplace } from "./workplace.ts";

const CRD_TIMEOUT_MS = 2 * 60_000;
const REGISTRATION_TIMEOUT_MS = 5 * 60_000;

/**
 * Prepares the clusters for `run`: CRDs on the onboarding and the platform cluster, and at last the registration.
 *
 * May be repeated at any time. Rejects on any failure, and then has not registered.
 */
export async function init(options: Options, context: CommandContext): Promise<void> {
  const workplace = await openWorkplace(options, context, undefined);
  const { platform, log, program } = workplace;
  const onboarding = await openOnboarding(workplace, "onboarding-init");
  const shared = { crds: program.crds, fieldManager: program.name, timeoutMs: CRD_TIMEOUT_MS };
  await installCrds({ ...shared, client: onboarding.client, cluster: "onboarding" }, workplace);
  await installCrds({ ...shared, client: platform, cluster: "platform" }, workplace);
  await register(
    {
      platform,
      providerName: options.providerName,
      resources: servedResources(program).map(({ resource: { group, version, kind } }) => ({ group, version, kind })),
      timeoutMs: REGISTRATION_TIMEOUT_MS,
    },
    workplace,
  );
  log.info("the clusters are prepared and the provider is registered");
  await Promise.all([onboarding.close(), workplace.close()]);
}

/** Waits for the provider's access to the onboarding cluster, with the rights that a command needs, and opens it. */
export function openOnboarding(
  workplace: Workplace,
  localName: "onboarding-init" | "onboarding-run",
): Promise<OnboardingAccess> {
  const { platform, namespace, program } = workplace;
  const { resource, controller = resource.group } = program;
  const served = servedResources(program).map((kinds) => kinds.resource);
  const token = localName === "onboarding-init" ? initRights(served) : runRights(served);
  return openOnboardingAccess(
    {
      platform,
      request: { localName, token, controller: `${resource.kind.toLowerCase()}.${controller}`, namespace },
      fieldManager: program.name,
      connect: workplace.connect,
      clientOptions: workplace.clientOptions("onboarding"),
    },
    workplace,
  );
}

/** What `init` may do on the onboarding cluster: install the CRDs of the provider's objects. */
export function initRights(resources: readonly Resource[]): TokenAccess {
  const crds = { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions"] };
  return {
    permissions: [
      {
        rules: [
          // A watch and a creation cannot be limited to one name on every API server.
          { ...crds, verbs: ["list", "watch", "create"] },
          { ...crds, resourceNames: resources.map(({ plural, group }) => `${plural}.${group}`), verbs: ["patch"] },
        ],
      },
    ],
  };
}

/** What `run` may do on the onboarding cluster: follow the provider's objects, write their status, and record Events. */
export function runRights(resources: readonly Resource[]): TokenAccess {
  return {
    permissions: [
      {
        rules: [
          ...resources.flatMap(({ group, plural }) => [
            { apiGroups: [group], resources: [plural], verbs: ["get", "list", "watch", "patch"] },
            { apiGroups: [group], resources: [`${plural}/status`], verbs: ["patch"] },
          ]),
          { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
        ],
      },
    ],
  };
}
