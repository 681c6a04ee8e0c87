import type { Obj } from "../../sim/object.ts";
import { valueAt } from "../../sim/value-at.ts";
import type { AccessRequest } from "../../src/openmcp/platform/kinds.ts";
import { ANNOTATIONS } from "../../src/ocm/annotations.ts";
import { accessState } from "../../src/openmcp/platform/tenant-access.ts";
import { isLost } from "./readings.ts";
import { freshUid } from "./requests.ts";
import type { Actor, Deed } from "./rule.ts";
import { created, kept, marked, updated } from "./server.ts";
import {
  ACCESS_NAMES,
  ACCESSES,
  type AccessName,
  clusterIn,
  finalizerOf,
  isHeld,
  type KindName,
  KINDS,
  type Life,
  lifeIn,
  memoryIn,
  type OcmName,
  OCM_NAMES,
  OCM_REF,
  read,
  type Version,
  type World,
} from "./world.ts";

/** The version that users begin with, and the one that they change to. */
const VERSIONS: readonly [Version, Version] = ["0.4.0", "0.5.0"];

const FOR_PLANE = ACCESS_NAMES.filter((name) => ACCESSES[name].target === "mcp");

/** The user who orders the toolkit by an object of one API group, changes its version, and gives it back. */
export function orderer(name: OcmName, version: Version = VERSIONS[0]): Actor {
  const { title } = KINDS[name];
  const budget = name === "ocm" ? "creations" : "twins";
  return {
    name: "user",
    places: [name, `seen ${name}`, "life", "memory"],
    deeds: (world) => {
      const ocm = read(world, name);
      const life = lifeIn(world);
      if (ocm === undefined) {
        const memory = memoryIn(world);
        const to = {
          [name]: created(ocmObject(name, version), freshUid(world, name)),
          life: { ...life, [budget]: life[budget] - 1 },
          memory: memory?.of === name ? { ...memory, isOfEarlier: true } : memory,
        };
        return life[budget] === 0 ? [] : [{ what: `user creates the ${title}, version ${version}`, to }];
      }
      return ocm.metadata.deletionTimestamp === undefined ? ownerDeeds(name, ocm, life) : [];
    },
  };
}

function ownerDeeds(name: OcmName, ocm: Obj, life: Life): readonly Deed[] {
  const { title } = KINDS[name];
  const deleted: Deed = { what: `user deletes the ${title}`, to: { [name]: kept(marked(ocm)) } };
  const other = valueAt(ocm, "spec", "version") === VERSIONS[0] ? VERSIONS[1] : VERSIONS[0];
  const changed: Deed = {
    what: `user changes the version of the ${title} to ${other}`,
    to: {
      [name]: updated(ocm, { ...ocm, spec: { version: other } }, "kubectl"),
      life: { ...life, changes: life.changes - 1 },
    },
  };
  return life.changes > 0 ? [deleted, changed] : [deleted];
}

function ocmObject(name: OcmName, version: Version): Obj {
  const { resource } = KINDS[name];
  return {
    apiVersion: `${resource.group}/${resource.version}`,
    kind: resource.kind,
    metadata: OCM_REF,
    spec: { version },
  };
}

/**
 * Somebody who takes our finalizer off an OCM object by hand, while another one has its own.
 *
 * Who takes the last one leaves nothing by which anybody could know of the release. So does who takes the one right
 * before the provider takes the other: no server compares two objects.
 */
export const impatient: Actor = {
  name: "somebody",
  places: OCM_NAMES,
  deeds: (world) => {
    const held = OCM_NAMES.filter((name) => isHeld(read(world, name), name));
    return held.length < 2
      ? []
      : held.map((name) => {
          const ocm = read(world, name) as Obj;
          const finalizers = (ocm.metadata.finalizers ?? []).filter((one) => one !== finalizerOf(name));
          const left = kept({ ...ocm, metadata: { ...ocm.metadata, finalizers } });
          const what = `somebody takes the finalizer off the ${KINDS[name].title} by hand`;
          return { what, isFault: true, isAtRest: true, to: { [name]: left } };
        });
  },
};

/**
 * The users of the toolkit, whose objects must not lose it.
 *
 * One that comes between the provider's look and the deletion of the HelmRelease is seen by nobody: in the model, as in
 * the provider's promise, users leave a pass alone.
 */
export const workers: Actor = {
  name: "users",
  places: ["mcp"],
  deeds: (world) => {
    const cluster = clusterIn(world, "mcp");
    if (cluster?.health !== "up" || !cluster.hasCrds) {
      return [];
    }
    return cluster.users > 0
      ? [{ what: "users remove their Repository", to: { mcp: { ...cluster, users: 0 } } }]
      : [{ what: "users create a Repository", isFault: true, isAtRest: true, to: { mcp: { ...cluster, users: 1 } } }];
  },
};

/** Time, as far as it matters to what the provider remembers, and a restart of its process. */
export const process: Actor = {
  name: "process",
  places: ["memory"],
  deeds: (world) => {
    const memory = memoryIn(world);
    if (memory === undefined) {
      return [];
    }
    const restarted: Deed = {
      what: "the provider is restarted",
      isFault: true,
      isAtRest: true,
      to: { memory: undefined },
    };
    const isFresh = memory.looks.some((look) => look.isFresh);
    const aged = { ...memory, looks: memory.looks.map((look) => ({ ...look, isFresh: false })) };
    return isFresh
      ? [restarted, { what: "the poll interval is over", isAtRest: true, to: { memory: aged } }]
      : [restarted];
  },
};

/**
 * An operator of Flux who suspends, resumes and deletes by hand.
 *
 * Who deletes the last object that tells of a release leaves nothing by which anybody could know of the target: that is
 * the OCIRepository while there is no access, or no HelmRelease on a control plane that is going, or it is still as the
 * predecessor has left it, and the predecessor's HelmRelease before the OCIRepository tells of its release.
 */
export function fluxOperator(name: "source" | "release" | "oldRelease"): Actor {
  return {
    name: "operator of Flux",
    places: [name, ...FOR_PLANE, "plane", "release", "source"],
    deeds: (world) => {
      const object = read(world, name);
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
        return [];
      }
      const deletion: Deed = {
        what: `operator deletes the ${KINDS[name].title} by hand`,
        isFault: true,
        to: { [name]: kept(marked(object)) },
      };
      return [suspension(name, object), ...(isTraceable(world, name) ? [deletion] : [])];
    },
  };
}

/** Whether something tells of the release on the target when an object is gone. */
function isTraceable(world: World, name: "source" | "release" | "oldRelease"): boolean {
  switch (name) {
    case "release":
      return true;
    case "oldRelease":
      return read(world, "source")?.metadata.annotations?.[ANNOTATIONS.installedOn] !== undefined;
    case "source": {
      const isTakenOver = read(world, "source")?.metadata.labels !== undefined;
      return isTakenOver && hasAccess(world) && (!isLost(world) || read(world, "release") !== undefined);
    }
  }
}

function hasAccess(world: World): boolean {
  return FOR_PLANE.some((name) => {
    return accessState(read(world, name) as unknown as AccessRequest | undefined).state === "granted";
  });
}

function suspension(name: KindName, object: Obj): Deed {
  const isSuspended = valueAt(object, "spec", "suspend") === true;
  const { suspend: _suspend, ...rest } = (object["spec"] ?? {}) as Readonly<Record<string, unknown>>;
  const spec = isSuspended ? rest : { ...rest, suspend: true };
  return {
    what: `operator ${isSuspended ? "resumes" : "suspends"} the ${KINDS[name].title}`,
    isFault: true,
    to: { [name]: updated(object, { ...object, spec }, "flux") },
  };
}

/**
 * Somebody who deletes what is not theirs.
 *
 * Who deletes the access after the OCIRepository leaves nothing by which anybody could know of the target.
 */
export function meddler(name: AccessName | "copy"): Actor {
  return {
    name: "somebody",
    places: [name, "source", "release", "mcp", "workload"],
    deeds: (world) => {
      const object = read(world, name);
      if (object === undefined || object.metadata.deletionTimestamp !== undefined) {
        return [];
      }
      const source = read(world, "source");
      const isUnknown = source === undefined || source.metadata.deletionTimestamp !== undefined;
      const isFollowed = name === "copy" || !isUnknown || !isAnythingInstalled(world);
      const what = `somebody deletes the ${KINDS[name].title} by hand`;
      return isFollowed ? [{ what, isFault: true, to: { [name]: kept(marked(object)) } }] : [];
    },
  };
}

function isAnythingInstalled(world: World): boolean {
  const clusters = [clusterIn(world, "mcp"), clusterIn(world, "workload")];
  const isOn = clusters.some((cluster) => cluster?.record !== undefined || (cluster?.secrets.length ?? 0) > 0);
  return isOn || read(world, "release") !== undefined;
}
