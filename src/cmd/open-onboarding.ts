import { OCM_GROUP } from "../ocm/api/group.ts";
import { ocms } from "../ocm/api/objects.ts";
import { FIELD_MANAGER } from "../ocm/field-manager.ts";
import {
  openOnboardingAccess,
  type OnboardingAccess,
  type OnboardingRequest,
} from "../openmcp/platform/onboarding-access.ts";
import type { Workplace } from "./workplace.ts";

/** Under this name the platform knows the provider's requests for the onboarding cluster. */
const CONTROLLER = `${ocms.kind.toLowerCase()}.${OCM_GROUP}`;

/** Waits for the provider's access to the onboarding cluster, with the given rights, and opens it. */
export function openOnboarding(
  workplace: Workplace,
  request: Pick<OnboardingRequest, "localName" | "token">,
): Promise<OnboardingAccess> {
  const { platform, namespace } = workplace;
  return openOnboardingAccess(
    {
      platform,
      request: { ...request, controller: CONTROLLER, namespace },
      fieldManager: FIELD_MANAGER,
      connect: workplace.connect,
      clientOptions: workplace.clientOptions("onboarding"),
    },
    workplace,
  );
}
