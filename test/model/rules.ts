import type { Obj } from "../../sim/object.ts";
import { textAt, valueAt } from "../../sim/value-at.ts";
import type { TargetName } from "./clusters.ts";
import type { Request } from "./requests.ts";
import { findKind } from "./server.ts";
import { clusterIn, idAt, type KindName, KINDS, LABELS, read, witnessedIn, type World } from "./world.ts";

/** Finalizer of OCM objects. */
export const FINALIZER = "ocm.services.openmcp.cloud/finalizer";

const OURS: readonly KindName[] = ["access", "source", "release", "copy", "request", "workloadAccess"];
const LEFT_BY_PREDECESSOR: readonly KindName[] = ["oldSource", "oldRelease", "oldCopy"];

/** A request of the provider, and what came of it. */
export type Served = {
  readonly before: World;
  readonly after: World;
  readonly request: Request;
};

/** How a life can end. */
export type End = { readonly name: string } | { readonly broken: string };

/** What must be true in every state, at every step, and in the end. */
export class Rules {
  /** Objects of others under names of ours. */
  readonly #foreign: readonly KindName[];

  constructor(foreign: readonly KindName[] = []) {
    this.#foreign = foreign;
  }

  /** What is wrong with a state. */
  check(world: World): string | undefined {
    const ocm = read(world, "ocm");
    if (ocm?.metadata.finalizers?.includes(FINALIZER) === true) {
      return undefined;
    }
    if (ocm !== undefined && ocm.metadata.deletionTimestamp === undefined) {
      return undefined;
    }
    const [left] = [...this.#leftOnPlatform(world), ...leftOn(world, "mcp"), ...leftOn(world, "workload")];
    return left === undefined ? undefined : `the OCM object is gone, and ${left} is left behind`;
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
    if (request.at === "onboarding") {
      return this.#judgeStatus(before, after);
    }
    return request.at === "platform" && request.call.verb !== "list" && request.call.verb !== "version"
      ? judgeRelease(before, after, findKind(request.call.plural, request.call))
      : undefined;
  }

  #judgeStatus(before: World, after: World): string | undefined {
    const [told, said] = [read(before, "ocm"), read(after, "ocm")];
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
    if (isLost(before, this.#foreign) || release === undefined || isGoing(release)) {
      return undefined;
    }
    return [...witnessedIn(before), ...runningIn(before)].includes(version)
      ? undefined
      : `Ready says that version ${version} is installed, and it has not run since the pass began`;
  }

  /** Whether a state in which nobody does anything any more is an end. */
  end(world: World): End {
    const ocm = read(world, "ocm");
    if (ocm === undefined) {
      return { name: "gone" };
    }
    if (claimsReady(ocm)) {
      const version = textAt(ocm, "spec", "version");
      return runningIn(world).includes(version) || isLost(world, this.#foreign)
        ? { name: "ready" }
        : { broken: `in the end Ready says that version ${version} is installed, and it does not run` };
    }
    return blockedBecause(world, ocm, this.#foreign);
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

/** Versions that run now. */
export function runningIn(world: World): readonly string[] {
  return (["mcp", "workload"] as const).flatMap((target) => {
    const { record, health } = clusterIn(world, target) ?? {};
    return record?.status === "deployed" && health !== "gone" ? [record.chart] : [];
  });
}

// Until it looks at a control plane that was made anew, the helm-controller speaks of the one before.
function isUnseenByFlux(world: World): boolean {
  const cluster = clusterIn(world, "mcp");
  return cluster !== undefined && cluster.number > 0 && cluster.record === undefined;
}

function claimsReady(ocm: Obj): boolean {
  const ready = conditionIn(ocm, "Ready");
  const isPresent = valueAt(ocm, "status", "observedGeneration") === ocm.metadata.generation;
  return isPresent && textAt(ready, "status") === "True";
}

function conditionIn(ocm: Obj, type: string): unknown {
  return ((valueAt(ocm, "status", "conditions") ?? []) as readonly Obj[]).find((one) => textAt(one, "type") === type);
}

/** What the provider must not do to a HelmRelease. */
function judgeRelease(before: World, after: World, name: KindName | undefined): string | undefined {
  const live = name === "release" || name === "oldRelease" ? read(before, name) : undefined;
  if (live === undefined || name === undefined) {
    return undefined;
  }
  return judgeChange(before, live, read(after, name));
}

function judgeChange(before: World, live: Obj, next: Obj | undefined): string | undefined {
  if (isSuspendedByOperator(live) && next !== undefined && !isSuspended(next)) {
    return "a HelmRelease that its operator has suspended goes on";
  }
  const isDeletion = !isGoing(live) && (next === undefined || isGoing(next));
  return isDeletion && isUsed(before, live) ? "the release is deleted under objects of users" : undefined;
}

function isUsed(world: World, release: Obj): boolean {
  const cluster = clusterIn(world, "mcp");
  const isOnPlane = textAt(release, "spec", "kubeConfig", "secretRef", "name") === KINDS.kubeconfig.name;
  // Flux leaves a release that is suspended where it is.
  return isOnPlane && !isSuspended(release) && cluster !== undefined && cluster.health !== "gone" && cluster.users > 0;
}

function isSuspendedByOperator(release: Obj): boolean {
  const owners = (release.metadata.managedFields ?? []).filter(({ fieldsV1 }) => {
    const spec = fieldsV1["f:spec"] as Readonly<Record<string, unknown>> | undefined;
    return spec !== undefined && "f:suspend" in spec;
  });
  return valueAt(release, "spec", "suspend") === true && owners.some(({ manager }) => manager === "flux");
}

type Excuse = (world: World, foreign: readonly KindName[]) => boolean;

const isGoing = (object: Obj | undefined): boolean => object?.metadata.deletionTimestamp !== undefined;
const isSuspended = (object: Obj | undefined): boolean => valueAt(object, "spec", "suspend") === true;
const isLost: Excuse = (world) => read(world, "plane") === undefined || isGoing(read(world, "plane"));
const isStalled: Excuse = (world) => {
  const conditions = (valueAt(read(world, "release"), "status", "conditions") ?? []) as readonly Obj[];
  return conditions.some((one) => textAt(one, "type") === "Stalled");
};

/** Why an OCM object may stay as it is without being ready: each with what has to be so in the world. */
const EXCUSES: Readonly<Record<string, Excuse>> = {
  AccessDenied: (world) =>
    ["access", "workloadAccess"].some((name) => textAt(read(world, name as KindName), "status", "phase") === "Denied"),
  ControlPlaneNotFound: isLost,
  ForeignObject: (_world, foreign) => foreign.length > 0,
  ChartSuspended: (world) => isSuspended(read(world, "source")),
  ReleaseSuspended: (world) =>
    [read(world, "release"), read(world, "oldRelease"), read(world, "source")].some(isSuspended),
  UserObjectsExist: (world) => (clusterIn(world, "mcp")?.users ?? 0) > 0,
  ReleaseFailed: (world, foreign) => isStalled(world, foreign) || isLost(world, foreign),
  ClusterUnreachable: isLost,
  UninstallFailed: isLost,
  AccessPending: isLost,
  TakingOver: (world) => isSuspended(read(world, "source")) || isLost(world, []),
  RemovingRelease: (world) => isSuspended(read(world, "release")),
};

function blockedBecause(world: World, ocm: Obj, foreign: readonly KindName[]): End {
  const conditions = ((valueAt(ocm, "status", "conditions") ?? []) as readonly Obj[])
    .filter((one) => textAt(one, "status") !== "True")
    .map((one) => textAt(one, "reason"));
  const reason = conditions.find((one) => EXCUSES[one]?.(world, foreign) === true);
  const isPresent = valueAt(ocm, "status", "observedGeneration") === ocm.metadata.generation;
  if (reason !== undefined && isPresent) {
    return { name: `waits: ${reason}` };
  }
  return {
    broken: `in the end the OCM object is not ready, and nothing is in its way (it says: ${conditions.join(", ")})`,
  };
}
