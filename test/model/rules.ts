import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import type { TargetName } from "./clusters.ts";
import { type End, endOf } from "./ends.ts";
import type { Request } from "./requests.ts";
import { findKind } from "./server.ts";
import { claimsReady, isGoing, isLost, isSuspended, runningIn } from "./readings.ts";
import {
  ACCESS_NAMES,
  ACCESSES,
  accessIn,
  type AccessName,
  attemptIn,
  clusterIn,
  idAt,
  isHeld,
  type KindName,
  KINDS,
  knowableIn,
  LABELS,
  OCM_NAMES,
  type OcmName,
  read,
  witnessedIn,
  type World,
} from "./world.ts";

const OURS: readonly KindName[] = [...ACCESS_NAMES, "source", "release", "copy", "request"];
const LEFT_BY_PREDECESSOR: readonly KindName[] = ["oldSource", "oldRelease", "oldCopy"];
const RELEASES = ["release", "oldRelease"] as const;

/** A request of the provider, and what came of it. */
export type Served = {
  readonly before: World;
  readonly after: World;
  readonly request: Request;
};

/** What must be true in every state, at every step, and in the end. */
export class Rules {
  /** Objects of others under names of ours. */
  readonly #foreign: readonly KindName[];

  constructor(foreign: readonly KindName[] = []) {
    this.#foreign = foreign;
  }

  /** What is wrong with a state. */
  check(world: World): string | undefined {
    const working = RELEASES.filter((name) => !this.#foreign.includes(name) && isAtWork(read(world, name)));
    if (working.length > 1) {
      return "two HelmReleases are at work on one Helm release";
    }
    if (OCM_NAMES.some((name) => isHeld(read(world, name), name))) {
      return undefined;
    }
    const [left] = [...this.#leftOnPlatform(world), ...leftOn(world, "mcp"), ...leftOn(world, "workload")];
    return left === undefined ? undefined : `no OCM object has our finalizer any more, and ${left} is left behind`;
  }

  #leftOnPlatform(world: World): readonly string[] {
    const own = [...OURS, ...(this.#foreign.length > 0 ? [] : LEFT_BY_PREDECESSOR)];
    return own
      .filter((name) => !this.#foreign.includes(name) && idAt(world, name) !== 0)
      .map((name) => `the ${KINDS[name].title}`);
  }

  /** What is wrong with a step of the provider. */
  judge({ before, after, request }: Served): string | undefined {
    const touched = this.#foreign.find((name) => idAt(before, name) !== idAt(after, name));
    if (touched !== undefined) {
      return `the ${KINDS[touched].title} of somebody else was touched`;
    }
    const { at, call } = request;
    if (call.verb === "list" || call.verb === "version") {
      return undefined;
    }
    const name = at === "onboarding" || at === "platform" ? findKind(call) : undefined;
    return name === undefined || idAt(before, name) === idAt(after, name)
      ? undefined
      : this.#judgeWrite(before, after, name);
  }

  #judgeWrite(before: World, after: World, name: KindName): string | undefined {
    switch (name) {
      case "ocm":
      case "currentOcm":
        return this.#judgeStatus(before, after, name);
      case "release":
      case "oldRelease":
        return judgeRelease(before, read(before, name), read(after, name));
      case "source":
        return judgeChart(before, after);
      case "access":
      case "currentAccess":
      case "strayAccess":
      case "workloadAccess":
        return this.#judgeAccess(before, after, name);
      default:
        return undefined;
    }
  }

  #judgeStatus(before: World, after: World, name: OcmName): string | undefined {
    const [told, said] = [read(before, name), read(after, name)];
    if (
      said === undefined ||
      !claimsReady(said) ||
      JSON.stringify(told?.["status"]) === JSON.stringify(said["status"])
    ) {
      return undefined;
    }
    const version = textAt(said, "spec", "version");
    if (isUnseenByFlux(before)) {
      return undefined;
    }
    // A HelmRelease that somebody has deleted by hand is missed only when the watch tells.
    const release = read(before, "release");
    if (isLost(before) || release === undefined || isGoing(release)) {
      return undefined;
    }
    return [...witnessedIn(before), ...runningIn(before)].includes(version)
      ? undefined
      : `Ready says that version ${version} is installed, and it has not run since the pass began`;
  }

  /** Access goes when no HelmRelease refers to it, Flux has observed that, and is at nothing that began with it. */
  #judgeAccess(before: World, after: World, name: AccessName): string | undefined {
    const [access, next] = [read(before, name), read(after, name)];
    const isTakenBack = !isGoing(access) && (next === undefined || isGoing(next));
    if (!isTakenBack || isUseless(before, name)) {
      return undefined;
    }
    const user = RELEASES.filter((one) => !this.#foreign.includes(one)).find((one) => isUsing(before, one, name));
    return user && `the ${KINDS[name].title} is taken back while Flux works with it for the ${KINDS[user].title}`;
  }

  /** Whether a state in which nobody does anything any more is an end. */
  end(world: World): End {
    return endOf(world, this.#foreign);
  }
}

/** What of ours is on a cluster that still exists. */
function leftOn(world: World, target: TargetName): readonly string[] {
  const cluster = clusterIn(world, target);
  if (cluster === undefined || cluster.health === "gone") {
    return [];
  }
  const title = target === "mcp" ? "control plane" : "workload cluster";
  const isOurs = cluster.record !== undefined && cluster.record.by !== "foreign";
  return [
    ...(isOurs ? [`the Helm release on the ${title}`] : []),
    ...cluster.secrets
      .filter((secret) => isOf(secret, target))
      .map(({ metadata }) => `Secret ${metadata.name} on the ${title}`),
  ];
}

function isOf({ metadata }: Obj, target: TargetName): boolean {
  return Object.entries(LABELS[target]).every(([label, value]) => metadata.labels?.[label] === value);
}

// Until its first attempt on a control plane that was made anew has ended, the helm-controller speaks of the one before.
function isUnseenByFlux(world: World): boolean {
  const cluster = clusterIn(world, "mcp");
  const isUnseen = cluster?.record === undefined || cluster.record.status === "pending-install";
  return cluster !== undefined && cluster.number > 0 && isUnseen;
}

/** Whether Flux does anything for a HelmRelease beside letting go of it. */
function isAtWork(release: Obj | undefined): boolean {
  return release !== undefined && !isSuspended(release);
}

/** What the provider must not do to a HelmRelease. */
function judgeRelease(before: World, live: Obj | undefined, next: Obj | undefined): string | undefined {
  if (live === undefined) {
    return undefined;
  }
  if (isSuspendedByOperator(live) && next !== undefined && !isSuspended(next)) {
    return "a HelmRelease that its operator has suspended goes on";
  }
  const isDeletion = !isGoing(live) && (next === undefined || isGoing(next));
  return isDeletion ? judgeUninstall(before, live) : undefined;
}

function judgeUninstall(before: World, live: Obj): string | undefined {
  const { target } = ACCESSES[accessIn(live)];
  const cluster = clusterIn(before, target);
  // Flux leaves a release that is suspended where it is.
  if (isSuspended(live) || cluster?.health === "gone") {
    return undefined;
  }
  if (target === "mcp" && cluster !== undefined && cluster.users > 0) {
    return "the release is deleted under objects of users";
  }
  const asking = OCM_NAMES.find((name) => isKnowable(before, name));
  return asking && `the release is uninstalled, and the ${KINDS[asking].title} asks for it`;
}

/**
 * Whether an OCM object asks for the release, and the pass has had a chance to know.
 *
 * The chance was when the pass has asked the server for the object, or where it has not, when it began. Who creates an
 * object later creates it as if the release were gone already: no API server can refuse a deletion on one cluster
 * because of an object on another.
 */
function isKnowable(world: World, name: OcmName): boolean {
  const ocm = read(world, name);
  return ocm !== undefined && !isGoing(ocm) && knowableIn(world).includes(ocm.metadata.uid ?? "");
}

function isSuspendedByOperator(release: Obj): boolean {
  const owners = (release.metadata.managedFields ?? []).filter(({ fieldsV1 }) => {
    const spec = fieldsV1["f:spec"] as Readonly<Record<string, unknown>> | undefined;
    return spec !== undefined && "f:suspend" in spec;
  });
  return valueAt(release, "spec", "suspend") === true && owners.some(({ manager }) => manager === "flux");
}

/** Flux is asked for another version only when no object says any more that its own is installed. */
function judgeChart(before: World, after: World): string | undefined {
  const [was, asked] = [read(before, "source"), read(after, "source")].map((one) => textAt(one, "spec", "ref", "tag"));
  if (was === asked || asked === "") {
    return undefined;
  }
  const claiming = OCM_NAMES.find((name) => {
    const ocm = read(before, name);
    return ocm !== undefined && claimsReady(ocm) && textAt(ocm, "spec", "version") !== asked;
  });
  return claiming && `Flux is asked for version ${asked} while the ${KINDS[claiming].title} is Ready with another one`;
}

/** Whether nobody can work with an access: it has no kubeconfig, or its cluster is gone, or was replaced. */
function isUseless(world: World, name: AccessName): boolean {
  const { target, request, kubeconfig } = ACCESSES[name];
  const [owner] = read(world, kubeconfig)?.metadata.ownerReferences ?? [];
  const bound = textAt(read(world, name), "spec", "clusterRef", "name");
  const present = textAt(read(world, request), "status", "cluster", "name");
  return (
    owner?.uid !== read(world, name)?.metadata.uid || bound !== present || clusterIn(world, target)?.health === "gone"
  );
}

function isUsing(world: World, name: (typeof RELEASES)[number], access: AccessName): boolean {
  const release = read(world, name);
  const attempt = attemptIn(world);
  if (release === undefined) {
    return false;
  }
  const isObserved = valueAt(release, "status", "observedGeneration") === release.metadata.generation;
  const isOnTarget = ACCESSES[accessIn(release)].target === ACCESSES[access].target;
  const isBegun = attempt?.of === name && attempt.via === access;
  return accessIn(release) === access || (isOnTarget && !isObserved) || isBegun;
}
