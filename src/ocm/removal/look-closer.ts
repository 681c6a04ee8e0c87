import { keyOf } from "../../runtime/key.ts";
import { isLeftBehind } from "./left-behind.ts";
import { nextRemovalStep } from "./next-removal-step.ts";
import { confirmAccess, readSituation } from "./read-situation.ts";
import type { Removal } from "./removal-actions.ts";
import type { RemovalSituation, RemovalStep } from "./removal-step.ts";
import { countUserObjects } from "./user-objects.ts";

type Look = (removal: Removal, situation: RemovalSituation) => Promise<RemovalSituation>;

/** What is looked at, past the caches and on the control plane, before a step is believed to be the next one. */
const looks: Partial<Readonly<Record<RemovalStep["do"], Look>>> = {
  lookForUserObjects,
  lookForRelease,
  deleteRelease: (removal, situation) =>
    situation.controlPlane === "present" ? confirmAccess(situation, removal) : Promise.resolve(situation),
  finish: (removal) => readSituation(removal, { isLast: true }),
};

/** Decides the next step of a removal, and looks closer where the caches do not tell enough for it. */
export async function lookCloser(
  removal: Removal,
  seen: RemovalSituation,
): Promise<{ readonly situation: RemovalSituation; readonly step: RemovalStep }> {
  const looked = new Set<RemovalStep["do"]>();
  let situation = seen;
  for (;;) {
    const step = nextRemovalStep(situation);
    const look = looks[step.do];
    if (look === undefined || looked.has(step.do)) {
      return { situation, step };
    }
    looked.add(step.do);
    situation = await look(removal, situation);
  }
}

async function lookForUserObjects(removal: Removal, situation: RemovalSituation): Promise<RemovalSituation> {
  const secret = kubeconfigOf(removal, situation);
  if (secret === undefined) {
    return situation;
  }
  const { objects, pass, targets, userObjectWatches } = removal;
  const userObjects = await targets.visit(secret, pass, countUserObjects);
  // A user who removes the last object shall not have to wait for the next look.
  userObjectWatches.follow(
    keyOf(objects.tenant),
    secret,
    userObjects.map(({ kind }) => kind),
  );
  return { ...situation, userObjects };
}

async function lookForRelease(removal: Removal, situation: RemovalSituation): Promise<RemovalSituation> {
  const secret = kubeconfigOf(removal, situation);
  if (secret === undefined) {
    return situation;
  }
  const { objects, pass, targets } = removal;
  const leftBehind = await targets.visit(secret, pass, (client, signal) => isLeftBehind(client, objects, signal));
  return { ...situation, leftBehind };
}

function kubeconfigOf(
  { objects }: Removal,
  { access }: RemovalSituation,
): { readonly namespace: string; readonly name: string } | undefined {
  return access.state === "granted" ? { namespace: objects.namespace, name: access.secretName } : undefined;
}
