import type { Outcome } from "../../openmcp/service/status.ts";
import { SilentClusterError } from "../../openmcp/platform/tenant-clusters.ts";
import { observe } from "../observed.ts";
import { silenceOf } from "../target/silence-of.ts";
import { resourceStatuses } from "../resource-statuses.ts";
import { concludeStep } from "./conclude-step.ts";
import { lookCloser } from "./look-closer.ts";
import { readSituation } from "./read-situation.ts";
import { type Removal, removalActions } from "./removal-actions.ts";
import { type RemovalStep, waitFor } from "./removal-step.ts";

/** Far more than there are steps: a removal that goes in a circle is told of, and tried again less and less often. */
const MOST_STEPS = 50;

/** Takes an installation down as far as possible now; `removed` when nothing of it is left on the platform. */
export async function removeInstallation(removal: Removal, recheckAfterMs: number): Promise<Outcome | "removed"> {
  const { ocm, objects, platform, toolkitSecrets } = removal;
  const step = await takeSteps(removal).catch((error: unknown) => waitForAnswer(error, objects));
  if (step.do === "finish") {
    return "removed";
  }
  const secretsOnTarget = toolkitSecrets.known(ocm, objects);
  const resources = resourceStatuses(observe(platform.stores, objects), { ...objects, secretsOnTarget });
  return concludeStep(step, { resources, recheckAfterMs });
}

// The stores know of each step as soon as the server has answered: the next one waits for no event.
async function takeSteps(removal: Removal): Promise<RemovalStep> {
  for (let steps = 0; steps < MOST_STEPS; steps += 1) {
    const { situation, step } = await lookCloser(removal, await readSituation(removal, { isLast: false }));
    if (step.do === "wait" || step.do === "lookForUserObjects" || step.do === "lookForRelease") {
      return step;
    }
    await removalActions[step.do](removal, situation);
    if (step.do === "finish") {
      return step;
    }
  }
  throw new Error(`expected the removal to end or to wait for somebody after at most ${MOST_STEPS} steps`);
}

// What a cluster does not say is unknown: no step is taken that relies on it.
function waitForAnswer(error: unknown, { target }: Removal["objects"]): RemovalStep {
  if (error instanceof SilentClusterError) {
    return waitFor("ClusterUnreachable", silenceOf(target));
  }
  throw error;
}
