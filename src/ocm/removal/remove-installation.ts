import type { Outcome } from "../../openmcp/conclude.ts";
import { observe } from "../observed.ts";
import { resourceStatuses } from "../resource-statuses.ts";
import { concludeStep } from "./conclude-step.ts";
import { lookCloser } from "./look-closer.ts";
import { readSituation } from "./read-situation.ts";
import { type Removal, removalActions } from "./removal-actions.ts";

/** Takes one step of an installation's removal; `removed` when nothing of it is left on the platform. */
export async function removeInstallation(removal: Removal, recheckAfterMs: number): Promise<Outcome | "removed"> {
  const { ocm, objects, platform, toolkitSecrets } = removal;
  const { situation, step } = await lookCloser(removal, await readSituation(removal, { isLast: false }));
  if (step.do !== "wait" && step.do !== "lookForUserObjects" && step.do !== "lookForRelease") {
    await removalActions[step.do](removal, situation);
  }
  if (step.do === "finish") {
    return "removed";
  }
  const secretsOnTarget = toolkitSecrets.known(ocm, objects);
  const resources = resourceStatuses(observe(platform.stores, objects), { ...objects, secretsOnTarget });
  return concludeStep(step, { resources, recheckAfterMs });
}
