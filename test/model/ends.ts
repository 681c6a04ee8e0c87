import { textAt } from "../../sim/value-at.ts";
import {
  claimsReady,
  conditionIn,
  conditionsIn,
  isGoing,
  isLost,
  isPresent,
  isSuspended,
  runningIn,
} from "./readings.ts";
import {
  ACCESS_NAMES,
  ACCESSES,
  type AccessName,
  accessIn,
  clusterIn,
  isHeld,
  type KindName,
  KINDS,
  OCM_NAMES,
  type OcmName,
  read,
  type World,
} from "./world.ts";

/** How a life can end. */
export type End = { readonly name: string } | { readonly broken: string };

type Excuse = (world: World, foreign: readonly KindName[]) => boolean;

/** Whether a state in which nobody does anything any more is an end. */
export function endOf(world: World, foreign: readonly KindName[]): End {
  const leader = leaderIn(world);
  if (leader === undefined) {
    return { name: "gone" };
  }
  const broken = disorderAmong(world, leader) ?? disorderOfAccess(world, leader, foreign);
  return broken === undefined ? endOfLeader(world, leader, foreign) : { broken: `in the end ${broken}` };
}

/** The OCM object that leads: one that stays, of two such or of none the current one; of those that go one that is held. */
function leaderIn(world: World): OcmName | undefined {
  const present = OCM_NAMES.filter((name) => read(world, name) !== undefined);
  return (
    present.find((name) => !isGoing(read(world, name))) ??
    present.find((name) => isHeld(read(world, name), name)) ??
    present[0]
  );
}

/** What is wrong with how the OCM objects share their work. */
function disorderAmong(world: World, leader: OcmName): string | undefined {
  if (!isHeld(read(world, leader), leader)) {
    return `the ${KINDS[leader].title} leads, and has no finalizer`;
  }
  const follower = OCM_NAMES.find((name) => name !== leader && read(world, name) !== undefined);
  if (follower === undefined) {
    return undefined;
  }
  return isHeld(read(world, follower), follower)
    ? `the ${KINDS[follower].title} does not lead, and has a finalizer`
    : untruthOf(world, { leader, follower });
}

type Pair = { readonly leader: OcmName; readonly follower: OcmName };

/** What is wrong with what a follower says. */
function untruthOf(world: World, { leader, follower }: Pair): string | undefined {
  const [led, ocm] = [read(world, leader), read(world, follower)];
  const { title } = KINDS[follower];
  const isSame = textAt(led, "spec", "version") === textAt(ocm, "spec", "version");
  const follows = conditionIn(ocm, "Follows");
  const says = isPresent(ocm) ? textAt(follows, "status") : "nothing";
  if (says !== (isSame ? "True" : "False")) {
    return `the ${title} says ${says} of following one that asks for ${isSame ? "the same" : "another version"}`;
  }
  if (!textAt(follows, "message").includes(KINDS[leader].resource.group)) {
    return `the ${title} does not say which one leads`;
  }
  if (!isSame) {
    return claimsReady(ocm) ? `the ${title} is Ready with another version than that of the one that leads` : undefined;
  }
  return claimsReady(ocm) === claimsReady(led) ? undefined : `the ${title} is not Ready as the one that leads is`;
}

/** What is wrong with the access, once everything is as it is asked for. Where the own one is denied, others help. */
function disorderOfAccess(world: World, leader: OcmName, foreign: readonly KindName[]): string | undefined {
  const ocm = read(world, leader);
  const own: AccessName = leader === "ocm" ? "access" : "currentAccess";
  const isDenied = textAt(read(world, own), "status", "phase") === "Denied";
  if (ocm === undefined || !claimsReady(ocm) || isLost(world) || isDenied) {
    return undefined;
  }
  const wanted = accessIn(read(world, "release")) === "workloadAccess" ? "workloadAccess" : own;
  const unwanted = ACCESS_NAMES.find(
    (name) => name !== wanted && !foreign.includes(name) && read(world, name) !== undefined,
  );
  if (unwanted !== undefined) {
    return `the ${KINDS[unwanted].title} is there, and nobody needs it`;
  }
  if (isGoing(read(world, ACCESSES[wanted].request))) {
    return `the ${KINDS[ACCESSES[wanted].request].title} is being deleted, and the platform takes its cluster back`;
  }
  return read(world, wanted) === undefined ? `the ${KINDS[wanted].title} is missing` : undefined;
}

function endOfLeader(world: World, leader: OcmName, foreign: readonly KindName[]): End {
  const ocm = read(world, leader);
  if (ocm === undefined) {
    return { name: "gone" };
  }
  if (claimsReady(ocm)) {
    const version = textAt(ocm, "spec", "version");
    return runningIn(world).includes(version) || isLost(world)
      ? { name: "ready" }
      : { broken: `in the end Ready says that version ${version} is installed, and it does not run` };
  }
  const conditions = conditionsIn(ocm)
    .filter((one) => textAt(one, "status") !== "True")
    .map((one) => textAt(one, "reason"));
  const reason = conditions.find((one) => EXCUSES[one]?.(world, foreign) === true);
  if (reason !== undefined && isPresent(ocm)) {
    return { name: `waits: ${reason}` };
  }
  return {
    broken: `in the end the OCM object is not ready, and nothing is in its way (it says: ${conditions.join(", ")})`,
  };
}

const isStalled: Excuse = (world) =>
  conditionsIn(read(world, "release")).some((one) => textAt(one, "type") === "Stalled");

/** Why an OCM object may stay as it is without being ready: each with what has to be so in the world. */
const EXCUSES: Readonly<Record<string, Excuse>> = {
  AccessDenied: (world) => ACCESS_NAMES.some((name) => textAt(read(world, name), "status", "phase") === "Denied"),
  ControlPlaneNotFound: isLost,
  ForeignObject: (_world, foreign) => foreign.length > 0,
  ChartSuspended: (world) => isSuspended(read(world, "source")),
  ReleaseSuspended: (world) =>
    [read(world, "release"), read(world, "oldRelease"), read(world, "source")].some(isSuspended),
  UserObjectsExist: (world) => (clusterIn(world, "mcp")?.users ?? 0) > 0,
  ReleaseFailed: (world, foreign) => isStalled(world, foreign) || isLost(world),
  ClusterUnreachable: isLost,
  UninstallFailed: isLost,
  AccessPending: isLost,
  TakingOver: (world) => isSuspended(read(world, "source")) || isLost(world),
  RemovingRelease: (world) => isSuspended(read(world, "release")),
};
