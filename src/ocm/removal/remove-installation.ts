import type { Outcome } from "../../openmcp/conclude.ts";
import { keyOf } from "../../runtime/key.ts";
import { observe } from "../observed.ts";
import { resourceStatuses } from "../resource-statuses.ts";
import { concludeStep } from "./conclude-step.ts";
import { nextRemovalStep } from "./next-removal-step.ts";
import { confirmAccess, readSituation } from "./read-situation.ts";
import { type Removal, removalActions } from "./removal-actions.ts";
import type { RemovalSituation } from "./removal-step.ts";
import { countUserObjects } from "./user-objects.ts";

/** Takes one step of an installation's removal; `removed` when nothing of it is left on the platform. */
export async function removeInstallation(removal: Removal, recheckAfterMs: number): Promise<Outcome | "removed"> {
  const { ocm, objects, platform, toolkitSecrets } = removal;
  let situation = await readSituation(removal, { isLast: false });
  let step = nextRemovalStep(situation);
  if (step.do === "lookForUserObjects") {
    const userObjects = await lookForUserObjects(removal, situation);
    situation = { ...situation, ...(userObjects !== undefined && { userObjects }) };
    step = nextRemovalStep(situation);
  }
  if (step.do === "deleteRelease" && situation.controlPlane === "present") {
    situation = await confirmAccess(situation, removal);
    step = nextRemovalStep(situation);
  }
  if (step.do === "finish") {
    situation = await readSituation(removal, { isLast: true });
    step = nextRemovalStep(situation);
  }
  if (step.do !== "wait" && step.do !== "lookForUserObjects") {
    await removalActions[step.do](removal, situation);
  }
  if (step.do === "finish") {
    return "removed";
  }
  const secretsOnTarget = toolkitSecrets.known(ocm, objects);
  const resources = resourceStatuses(observe(platform.stores, objects), { ...objects, secretsOnTarget });
  return concludeStep(step, { resources, recheckAfterMs });
}

async function lookForUserObjects(
  removal: Removal,
  { access }: RemovalSituation,
): Promise<RemovalSituation["userObjects"]> {
  if (access.state !== "granted") {
    return undefined;
  }
  const { objects, pass, tenantClusters, userObjectWatches } = removal;
  const secret = { namespace: objects.namespace, name: access.secretName };
  const found = await tenantClusters.use(secret, (client) => countUserObjects(client, pass.signal));
  // A user who removes the last object shall not have to wait for the next look.
  userObjectWatches.follow(
    keyOf(objects.tenant),
    secret,
    found.map(({ kind }) => kind),
  );
  return found;
}
